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
    std::string text;
    bool folder = false;              ///< @MODEL@ is the checkpoint's folder, not its file
    std::vector<std::string> holding;  ///< files that tell which folder; none: the one that was opened
    std::vector<std::string> packages, uses;
    std::vector<std::string> sections;  ///< needs of a lens that it has lines for
    struct Only {
        std::string parameter;
        std::vector<std::string> values;
        std::string reason;
    };
    std::vector<Only> only;
    std::string oneModel;  ///< why both cells are to be of one model; empty: they need not
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

bool contains(const std::vector<std::string>& words, std::string_view word) { return std::ranges::find(words, word) != words.end(); }

/// `needs`: of the lens; what is for others is left out.
Part parsed(std::string_view text, const std::vector<std::string>& needs) {
    Part part;
    bool wanted = true;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
        const std::string_view whole = text.substr(0, end);
        text.remove_prefix(end);
        if (!whole.starts_with("#! ")) {
            if (wanted) part.text += whole;
            continue;
        }
        const std::string_view line = whole.substr(3, whole.size() - 4);
        if (line.starts_with("for ")) {
            part.sections.emplace_back(line.substr(4));
            wanted = contains(needs, part.sections.back());
        } else if (line.starts_with("packages ") && wanted) {
            const std::vector<std::string> packages = split(line.substr(9), ' ');
            part.packages.insert(part.packages.end(), packages.begin(), packages.end());
        } else if (line.starts_with("uses ") && wanted) {
            part.uses.emplace_back(line.substr(5));
        } else if (line.starts_with("model folder")) {
            part.folder = true;
            if (line.starts_with("model folder with ")) part.holding = split(line.substr(18), ',');
        } else if (line.starts_with("one model | ")) {
            part.oneModel = line.substr(12);
        } else if (line.starts_with("only ")) {
            const std::size_t equals = line.find('='), bar = line.find(" | ");
            part.only.push_back({std::string(line.substr(5, equals - 5)), split(line.substr(equals + 1, bar - equals - 1), ','), std::string(line.substr(bar + 3))});
        }
    }
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

/// The one file in a folder, or in the first folders below that hold any, as Checkpoint::open looks for them; nothing if there are none or several, of which
/// one cannot be told from outside.
template <typename Suits>
std::optional<fs::path> onlyFile(const fs::path& folder, Suits&& suits) {
    constexpr int kDeepest = 4;
    std::vector<fs::path> level{folder};
    for (int depth = 0; depth <= kDeepest && !level.empty(); ++depth) {
        std::vector<fs::path> found, below;
        for (const fs::path& each : level) {
            std::error_code error;
            for (const fs::directory_entry& entry : fs::directory_iterator(each, error)) {
                if (entry.is_directory(error)) below.push_back(entry.path());
                else if (suits(entry.path())) found.push_back(entry.path());
            }
        }
        if (!found.empty()) return found.size() == 1 ? std::optional(found.front()) : std::nullopt;
        level = std::move(below);
    }
    return std::nullopt;
}

bool isCheckpoint(const fs::path& path) {
    constexpr std::array<std::string_view, 5> kEndings = {".safetensors", ".ckpt", ".pt", ".pth", ".bin"};
    return std::ranges::find(kEndings, path.extension().string()) != kEndings.end();
}

/// The folder that holds the first of these files that is there, else the one below it that holds the last of them.
std::optional<fs::path> folderHolding(const fs::path& folder, const std::vector<std::string>& files) {
    std::error_code error;
    for (const std::string& file : files) {
        if (fs::exists(folder / file, error)) return (folder / file).parent_path();
    }
    if (files.empty()) return folder;
    const auto below = onlyFile(folder, [&](const fs::path& path) { return path.filename() == files.back(); });
    return below ? std::optional(below->parent_path()) : std::nullopt;
}

/// How upstream's library is told of a model: a folder with its config and which weights there, or a file. `teller`: the part that says which.
Result<std::map<std::string, std::string>> modelWords(const ModelInfo& model, const Part* teller) {
    fs::path place = model.path;
    std::error_code error;
    std::map<std::string, std::string> words{{"VARIANT", ""}};
    const bool folder = fs::is_directory(place, error);
    if (teller) {
        const auto found = folderHolding(folder ? place : place.parent_path(), teller->holding);
        if (!found) return refusal("which folder in " + model.path + " is the model cannot be told", "open the folder that holds " + teller->holding.back());
        place = *found;
        const auto holds = [&](const char* name) { return fs::exists(place / name, error); };
        const bool whole = holds("diffusion_pytorch_model.safetensors") || holds("diffusion_pytorch_model.bin") || holds("diffusion_pytorch_model.safetensors.index.json");
        if (!whole && holds("diffusion_pytorch_model.fp16.safetensors")) words["VARIANT"] = ", variant=\"fp16\"";
    } else if (folder) {
        const auto file = onlyFile(place, isCheckpoint);
        if (!file) return refusal("which file in the folder " + model.path + " is the model cannot be told", "open the file itself");
        place = *file;
    }
    words["MODEL"] = pythonText(place.string());
    return words;
}

bool drawsFromModels(const LensInfo& lens) { return !lens.needs.empty(); }

/// Cells of latents along the side of what has a code.
int foldOf(const ModelInfo& model) { return model.codes.depths() > 0 && model.downsample > 0 ? std::max(1, model.codes.pixelsPerCell / model.downsample) : 1; }

/// The lens's lines of its own cell where another one's follow: of another picture, or of the same under another model.
std::string firstOf(const std::string& lens) { return "lenses/" + lens + ".first"; }

/// The lens's last lines; those of two cells may be others.
std::string lastOf(const CellRecipe& cell) {
    const std::string plain = "lenses/" + cell.lens, second = plain + ".second";
    return !cell.others.empty() && templateNamed(second) ? second : plain;
}

/// The lines that one cell gives: what its model is shown, the model's library, the lens's lines about it.
struct Chapter {
    std::string path;
    const ModelInfo* model = nullptr;
    ParameterSet parameters;
    std::vector<Part> parts;
    std::optional<Part> loading;
};

class Program {
public:
    Program(const CellRecipe& cell, const RecipeFacts& facts) : m_cell(cell), m_facts(facts) {}

    /// Chooses the templates; an error if there is none for something.
    std::optional<Error> choose() {
        const LensInfo& lens = *m_facts.lens;
        const ModelInfo* model = drawsFromModels(lens) ? m_facts.model : nullptr;
        const CellRecipe::Other* other = m_cell.others.empty() ? nullptr : &m_cell.others.front();
        if (other && !other->own) {
            // Before the family, whose names then stay as it gives them.
            begin(other->path, model);
            add("open");
            add("picture");
            addInput();
            add("other");
        }
        begin(m_cell.path, model);
        if (m_chapters.size() == 1) add("open");
        add("picture");
        addInput();
        addModel();
        addPadding();
        if (other) {
            add(firstOf(m_cell.lens));
            begin(m_cell.path, other->own ? m_facts.otherModel : model);
            if (other->own) {
                addInput();
                addModel();
            } else {
                add("other_again");
            }
            addPadding();
        }
        if (!templateNamed(lastOf(m_cell))) return refusal("the lens " + m_cell.lens + " has no Python code yet");
        add(lastOf(m_cell));
        return m_problem;
    }

    /// After choose() found no error.
    Result<std::string> text() {
        for (const Chapter& chapter : m_chapters) {
            for (const Part& part : chapter.parts) note(part.packages);
            if (chapter.loading) note(chapter.loading->packages);
        }
        std::string result;
        for (const Chapter& chapter : m_chapters) {
            std::string text;
            for (const Part& part : chapter.parts) text += part.text;
            if (chapter.loading) {
                std::string_view lines = chapter.loading->text;
                while (lines.ends_with('\n')) lines.remove_suffix(1);
                text = filled(text, {{"LOAD", std::string(lines)}});
            }
            std::map<std::string, std::string> known = wordsOf(chapter);
            if (chapter.model && text.find("@MODEL@") != std::string::npos) {
                auto model = modelWords(*chapter.model, folderTeller(chapter));
                if (!model) return model.error();
                known.merge(model.value());
            }
            result += filled(text, known);
        }
        return result;
    }

private:
    void begin(const std::string& path, const ModelInfo* model) {
        ParameterSet parameters;
        for (const ParameterSpec& spec : m_facts.lens->parameters) parameters[spec.name] = model ? boundedFor(spec, *model).initial : spec.initial;
        for (const auto& [name, value] : m_cell.parameters) parameters[name] = value;
        // As the engine does: what takes squares of one side only is given those.
        if (model && model->inputSide > 0 && parameters.contains("size") && parameters.contains("crop")) {
            const bool squeezed = model->takesWhole && toText(parameters["crop"]) == "whole";
            parameters["size"] = std::int64_t(model->inputSide);
            parameters["crop"] = std::string(squeezed ? "squeezed" : "square");
        }
        if (model && !model->denseMethods.empty() && parameters.contains("method") && toText(parameters["method"]) == "usual") parameters["method"] = model->denseMethods.front();
        m_chapters.push_back({.path = path, .model = model, .parameters = std::move(parameters), .parts = {}, .loading = {}});
    }

    /// The picture as the chapter's model is given it.
    void addInput() {
        const ParameterSet& parameters = m_chapters.back().parameters;
        if (parameters.contains("size") && parameters.contains("crop")) add("input");
    }
    void addPadding() {
        if (m_chapters.back().model) add("padding");
    }
    /// The model's family.
    void addModel() {
        Chapter& chapter = m_chapters.back();
        if (!chapter.model) return;
        const ModelInfo& model = *chapter.model;
        const std::string family = "families/" + model.family;
        if (!templateNamed(family)) {
            refuse("models of the family " + model.family + " have no Python code yet");
            return;
        }
        // The lines that load a checkpoint of its layout, where the family tells layouts apart; what they use comes before the family.
        for (const std::string& layout : {model.layout, std::string("other")}) {
            if (const auto load = templateNamed(family + '.' + layout); load && !chapter.loading) chapter.loading = added(*load);
        }
        add(family);
        if (!chapter.loading && std::ranges::any_of(chapter.parts, [](const Part& part) { return part.text.find("@LOAD@") != std::string::npos; })) {
            refuse("models of the family " + model.family + " in the layout " + model.layout + " have no Python code yet");
        }
        for (const std::string& need : m_facts.lens->needs) {
            const auto writes = [&](const Part& part) { return contains(part.sections, need); };
            const bool everyFamilyDoes = need == "encode" || need == "decode" || need == "quantize" || need == "compute";
            if (!everyFamilyDoes && !std::ranges::any_of(chapter.parts, writes) && !(chapter.loading && writes(*chapter.loading))) {
                refuse("models of the family " + model.family + " have no Python code for their " + need + " tower yet");
            }
        }
    }

    void refuse(std::string message) {
        if (!m_problem) m_problem = refusal(std::move(message));
    }
    void add(const std::string& name) {
        Part part = added(templateNamed(name).value());
        m_chapters.back().parts.push_back(std::move(part));
    }
    /// What it uses comes before it, once in the program.
    Part added(std::string_view text) {
        Part part = parsed(text, m_facts.lens->needs);
        for (const std::string& name : part.uses) {
            if (contains(m_used, name)) continue;
            m_used.push_back(name);
            add(name);
        }
        for (const Part::Only& only : part.only) {
            if (!contains(only.values, toText(m_chapters.back().parameters[only.parameter]))) refuse(only.reason);
        }
        if (!part.oneModel.empty() && toText(m_cell.others.front().model) != toText(m_cell.model)) refuse(part.oneModel);
        return part;
    }
    void note(const std::vector<std::string>& packages) {
        for (const std::string& package : packages) {
            if (!contains(m_packages, package)) m_packages.push_back(package);
        }
    }
    static const Part* folderTeller(const Chapter& chapter) {
        if (chapter.loading && chapter.loading->folder) return &*chapter.loading;
        const auto found = std::ranges::find_if(chapter.parts, &Part::folder);
        return found == chapter.parts.end() ? nullptr : &*found;
    }
    std::map<std::string, std::string> wordsOf(const Chapter& chapter) const {
        std::map<std::string, std::string> words;
        std::string packages;
        for (const std::string& package : m_packages) packages += ' ' + package;
        words["PACKAGES"] = packages;
        words["TITLE"] = title();
        words["VERSION"] = TESSERA_VERSION;
        words["PATH"] = pythonText(fs::absolute(chapter.path).string());
        // What takes squares of one side only is given those as they are.
        const bool pads = chapter.model && chapter.model->inputSide == 0;
        words["MULTIPLE"] = std::to_string(pads ? std::max(chapter.model->downsample, chapter.model->codes.pixelsPerCell) : 1);
        words["FOLD"] = std::to_string(chapter.model ? foldOf(*chapter.model) : 1);
        words["OUT"] = pythonText(outputName(m_cell));
        for (const auto& [name, value] : chapter.parameters) words["p." + name] = pythonValue(value);
        return words;
    }
    /// One line of comment, whatever the names hold.
    std::string title() const {
        std::string text = "The lens " + m_cell.lens + " of " + m_facts.source->name;
        if (m_facts.otherSource) text += " and " + m_facts.otherSource->name;
        if (drawsFromModels(*m_facts.lens)) text += ", model " + m_facts.model->name;
        if (m_facts.otherModel) text += " and " + m_facts.otherModel->name;
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
    std::vector<Chapter> m_chapters;
    std::vector<std::string> m_packages, m_used;
    std::optional<Error> m_problem;
};

/// The same for the other cell that the lens draws from.
std::optional<Error> otherMissing(const CellRecipe& cell, const RecipeFacts& facts) {
    if (cell.others.empty()) return std::nullopt;
    const CellRecipe::Other& other = cell.others.front();
    const bool offered = cell.others.size() == 1 && templateNamed(firstOf(cell.lens)) && (other.own || toText(other.model) == toText(cell.model));
    if (!offered) return refusal("Python code of cells that draw from these other cells is not offered");
    if (other.own) return facts.otherModel ? std::nullopt : std::optional(refusal("the other model is not open yet"));
    if (other.path.empty()) return refusal("the other picture was pasted and is no file that Python could read", "save it and drop the file");
    if (other.edited) return refusal("the tokens of the other cell are edited, and Python would compute those that the model finds");
    if (!facts.otherSource) return refusal("the other picture has not been read yet");
    if (holdsTokens(*facts.otherSource) || facts.otherSource->frames > 1) return refusal("the other row is no still picture that a model could be given");
    return differsInPillow(*facts.otherSource);
}

/// Why no program of any kind goes with the cell.
std::optional<Error> missing(const CellRecipe& cell, const RecipeFacts& facts) {
    if (cell.path.empty()) return refusal("a pasted picture is no file that Python could read", "save it and drop the file");
    if (!facts.lens) return refusal("the lens " + cell.lens + " is not known yet");
    if (!facts.source) return refusal("the picture has not been read yet");
    if (drawsFromModels(*facts.lens) && !facts.model) return refusal("the model is not open yet");
    if (holdsTokens(*facts.source)) return refusal("a file of tokens is no picture that a model could be given", "numpy.load and safetensors read it as it is");
    if (facts.source->frames > 1) return refusal("Python code of a clip's frames is not offered", "tessera render --lens source:side=0 --frame N writes one as a picture");
    if (cell.edited) return refusal("the tokens of this cell are edited, and Python would compute those that the model finds", "export them: numpy.load and safetensors read the file");
    if (const auto problem = otherMissing(cell, facts)) return problem;
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
