// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <array>
#include <filesystem>
#include <map>

#include <tessera/model_reference.h>
#include <tessera/source_words.h>

#include "workspace/cell_recipe.h"
#include "workspace/python_templates.h"
#include "workspace/utf8.h"

namespace tessera::ui {
namespace {

namespace fs = std::filesystem;

Error refusal(std::string message, std::string action = {}) {
    return {ErrorCode::Unsupported, std::move(message), {}, std::move(action)};
}

std::optional<std::string_view> templateNamed(const std::string& name) {
    const auto all = pythonTemplates();
    const auto found = std::ranges::find(all, std::string_view(name), &PythonTemplate::name);
    return found == all.end() ? std::nullopt : std::optional(found->text);
}

/// A literal; bytes that are no UTF-8 as Python itself reads them from a file system.
std::string pythonText(std::string_view text) {
    std::string literal = "\"";
    char escape[8];
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t length = utf8Length(text.substr(i));
        const auto byte = static_cast<unsigned char>(text[i]);
        if (length == 0 || byte < 0x20 || byte == 0x7f) {
            std::snprintf(escape, sizeof escape, length == 0 ? "\\udc%02x" : "\\x%02x", byte);
            literal += escape;
        } else if (byte == '"' || byte == '\\') {
            literal += {'\\', text[i]};
        } else {
            literal += text.substr(i, length);
        }
        i += std::max<std::size_t>(1, length);
    }
    return literal + '"';
}

std::string pythonValue(const Value& value) {
    if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "True" : "False";
    if (const auto* text = std::get_if<std::string>(&value)) return pythonText(*text);
    return toText(value);
}

/// A template without its #! lines, and what they said.
struct Part {
    std::string_view text;
    bool folder = false;  ///< @MODEL@ is the checkpoint's folder, not its file
    std::vector<std::string> packages;
    struct Only {
        std::string parameter;
        std::vector<std::string> values;
        std::string reason;
    };
    std::vector<Only> only;
};

std::vector<std::string> split(std::string_view text, char at) {
    std::vector<std::string> parts;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(at), text.size());
        if (end > 0) parts.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return parts;
}

Part parsed(std::string_view text) {
    Part part;
    while (text.starts_with("#! ")) {
        const std::size_t end = text.find('\n');
        const std::string_view line = text.substr(3, end - 3);
        if (line.starts_with("packages ")) {
            part.packages = split(line.substr(9), ' ');
        } else if (line == "model folder") {
            part.folder = true;
        } else if (line.starts_with("only ")) {
            const std::size_t equals = line.find('='), bar = line.find(" | ");
            part.only.push_back({std::string(line.substr(5, equals - 5)), split(line.substr(equals + 1, bar - equals - 1), ','), std::string(line.substr(bar + 3))});
        }
        text.remove_prefix(end + 1);
    }
    part.text = text;
    return part;
}

/// Every @NAME@ that is known becomes its word.
std::string filled(std::string_view text, const std::map<std::string, std::string>& words) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const std::size_t end = text[i] == '@' ? text.find('@', i + 1) : std::string_view::npos;
        const auto word = end == std::string_view::npos ? words.end() : words.find(std::string(text.substr(i + 1, end - i - 1)));
        if (word == words.end()) {
            result += text[i];
        } else {
            result += word->second;
            i = end;
        }
    }
    return result;
}

/// Why Pillow would see other pixels than Tessera does.
std::optional<Error> differsInPillow(const SourceInfo& source) {
    if (source.bitsPerChannel != 8) return refusal("Pillow reads " + std::to_string(source.bitsPerChannel) + "-bit pictures differently", "save the picture with 8 bits a channel");
    for (const std::string& note : source.notes) {
        const bool same = note.starts_with("EXIF orientation") || note.starts_with("alpha composited");
        if (!same) return refusal("Pillow would not read this picture the same way: " + note, "save it as plain sRGB");
    }
    return std::nullopt;
}

/// The one checkpoint in a folder, or in the first folders below that hold any, as Checkpoint::open looks for them; nothing if there are none or
/// several, of which one cannot be told from outside.
std::optional<fs::path> onlyCheckpoint(const fs::path& folder) {
    constexpr int kDeepest = 4;
    std::vector<fs::path> level{folder};
    for (int depth = 0; depth <= kDeepest && !level.empty(); ++depth) {
        std::vector<fs::path> found, below;
        for (const fs::path& each : level) {
            std::error_code error;
            for (const fs::directory_entry& entry : fs::directory_iterator(each, error)) {
                if (entry.is_directory(error)) below.push_back(entry.path());
                const std::string ending = entry.path().extension().string();
                const bool checkpoint = ending == ".safetensors" || ending == ".ckpt" || ending == ".pt" || ending == ".pth" || ending == ".bin";
                if (checkpoint && !entry.is_directory(error)) found.push_back(entry.path());
            }
        }
        if (!found.empty()) return found.size() == 1 ? std::optional(found.front()) : std::nullopt;
        level = std::move(below);
    }
    return std::nullopt;
}

/// How upstream's library is told of a model: a folder with its config and which weights there, or a file.
Result<std::map<std::string, std::string>> modelWords(const ModelInfo& model, bool wantsFolder) {
    fs::path place = model.path;
    std::error_code error;
    std::map<std::string, std::string> words{{"VARIANT", ""}};
    const bool folder = fs::is_directory(place, error);
    if (wantsFolder) {
        if (!folder) place = place.parent_path();
        if (fs::exists(place / "vae" / "config.json", error)) place /= "vae";
        const auto holds = [&](const char* name) { return fs::exists(place / name, error); };
        const bool whole = holds("diffusion_pytorch_model.safetensors") || holds("diffusion_pytorch_model.bin") || holds("diffusion_pytorch_model.safetensors.index.json");
        if (!whole && holds("diffusion_pytorch_model.fp16.safetensors")) words["VARIANT"] = ", variant=\"fp16\"";
    } else if (folder) {
        const auto file = onlyCheckpoint(place);
        if (!file) return refusal("which file in the folder " + model.path + " is the model cannot be told", "open the file itself");
        place = *file;
    }
    words["MODEL"] = pythonText(place.string());
    return words;
}

class Program {
public:
    Program(const CellRecipe& cell, const RecipeFacts& facts) : m_cell(cell), m_facts(facts) {
        const bool withModel = facts.model && !facts.lens->needs.empty();
        for (const ParameterSpec& spec : facts.lens->parameters) m_parameters[spec.name] = withModel ? boundedFor(spec, *facts.model).initial : spec.initial;
        for (const auto& [name, value] : cell.parameters) m_parameters[name] = value;
        // As the engine does: what takes squares of one side only is given those.
        if (withModel && facts.model->inputSide > 0 && m_parameters.contains("size") && m_parameters.contains("crop")) {
            m_parameters["size"] = std::int64_t(facts.model->inputSide);
            m_parameters["crop"] = std::string("square");
        }
    }

    /// Chooses the templates; an error if there is none for something.
    std::optional<Error> choose() {
        add("open");
        if (m_parameters.contains("size") && m_parameters.contains("crop")) add("input");
        if (!m_facts.lens->needs.empty()) {
            const std::string family = "families/" + m_facts.model->family;
            if (!templateNamed(family)) return refusal("models of the family " + m_facts.model->family + " have no Python code yet");
            add(family);
            // The lines that load a checkpoint of its layout, where the family tells layouts apart.
            for (const std::string& layout : {m_facts.model->layout, std::string("other")}) {
                if (const auto load = templateNamed(family + '.' + layout); load && !m_loading) m_loading = parsed(*load);
            }
            add("padding");
        }
        if (!templateNamed("lenses/" + m_cell.lens)) return refusal("the lens " + m_cell.lens + " has no Python code yet");
        add("lenses/" + m_cell.lens);
        return m_problem;
    }

    /// After choose() found no error.
    Result<std::string> text() {
        std::string text;
        for (const Part& part : m_parts) {
            text += part.text;
            m_packages.insert(m_packages.end(), part.packages.begin(), part.packages.end());
        }
        if (m_loading) {
            m_packages.insert(m_packages.end(), m_loading->packages.begin(), m_loading->packages.end());
            std::string_view lines = m_loading->text;
            while (lines.ends_with('\n')) lines.remove_suffix(1);
            text = filled(text, {{"LOAD", std::string(lines)}});
        }
        std::map<std::string, std::string> known = words();
        if (m_facts.model && !m_facts.lens->needs.empty()) {
            const bool folder = (m_loading && m_loading->folder) || std::ranges::any_of(m_parts, &Part::folder);
            auto model = modelWords(*m_facts.model, folder);
            if (!model) return model.error();
            known.merge(model.value());
        }
        return filled(text, known);
    }

private:
    void add(const std::string& name) {
        m_parts.push_back(parsed(templateNamed(name).value()));
        for (const Part::Only& only : m_parts.back().only) {
            const bool offered = std::ranges::find(only.values, toText(m_parameters[only.parameter])) != only.values.end();
            if (!offered && !m_problem) m_problem = refusal(only.reason);
        }
    }
    std::map<std::string, std::string> words() const {
        std::map<std::string, std::string> words;
        std::string packages;
        for (const std::string& package : m_packages) packages += ' ' + package;
        words["PACKAGES"] = packages;
        words["TITLE"] = title();
        words["VERSION"] = TESSERA_VERSION;
        words["PATH"] = pythonText(fs::absolute(m_cell.path).string());
        // What takes squares of one side only is given those as they are.
        const bool pads = m_facts.model && m_facts.model->inputSide == 0;
        words["MULTIPLE"] = std::to_string(pads ? std::max(m_facts.model->downsample, m_facts.model->codes.pixelsPerCell) : 1);
        words["OUT"] = pythonText(outputName(m_cell));
        for (const auto& [name, value] : m_parameters) words["p." + name] = pythonValue(value);
        return words;
    }
    /// One line of comment, whatever the names hold.
    std::string title() const {
        std::string text = "The lens " + m_cell.lens + " of " + m_facts.source->name;
        if (m_facts.model && !m_facts.lens->needs.empty()) text += ", model " + m_facts.model->name;
        std::string line;
        for (std::size_t i = 0; i < text.size();) {
            const std::size_t length = utf8Length(std::string_view(text).substr(i));
            const auto byte = static_cast<unsigned char>(text[i]);
            line += length == 0 || byte < 0x20 || byte == 0x7f || byte == '@' ? "?" : text.substr(i, length);
            i += std::max<std::size_t>(1, length);
        }
        return line;
    }

    const CellRecipe& m_cell;
    const RecipeFacts& m_facts;
    ParameterSet m_parameters;
    std::vector<Part> m_parts;
    std::optional<Part> m_loading;
    std::vector<std::string> m_packages;
    std::optional<Error> m_problem;
};

/// Why no program of any kind goes with the cell.
std::optional<Error> missing(const CellRecipe& cell, const RecipeFacts& facts) {
    if (cell.path.empty()) return refusal("a pasted picture is no file that Python could read", "save it and drop the file");
    if (!facts.lens) return refusal("the lens " + cell.lens + " is not known yet");
    if (!facts.source) return refusal("the picture has not been read yet");
    if (!facts.lens->needs.empty() && !facts.model) return refusal("the model is not open yet");
    if (holdsTokens(*facts.source)) return refusal("a file of tokens is no picture that a model could be given", "numpy.load and safetensors read it as it is");
    if (cell.edited) return refusal("the tokens of this cell are edited, and Python would compute those that the model finds", "export them: numpy.load and safetensors read the file");
    if (!cell.others.empty()) return refusal("Python code of cells that draw from other cells is not offered");
    return differsInPillow(*facts.source);
}

}  // namespace

std::optional<Error> pythonRefusal(const CellRecipe& cell, const RecipeFacts& facts) {
    const std::optional<Error> problem = missing(cell, facts);
    return problem ? problem : Program(cell, facts).choose();
}

Result<std::string> pythonFor(const CellRecipe& cell, const RecipeFacts& facts) {
    if (const auto problem = missing(cell, facts)) return *problem;
    Program program(cell, facts);
    if (const auto problem = program.choose()) return *problem;
    return program.text();
}

}  // namespace tessera::ui
