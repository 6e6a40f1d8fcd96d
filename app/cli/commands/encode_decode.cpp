// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <cstring>
#include <filesystem>

#include <nlohmann/json.hpp>
#include <tessera/files.h>
#include <tessera/source_words.h>

#include "command.h"

namespace tessera::cli {
namespace {

namespace fs = std::filesystem;

std::string shapeText(const std::vector<std::int64_t>& shape) {
    std::string text;
    for (const std::int64_t side : shape) text += (text.empty() ? "" : " x ") + std::to_string(side);
    return text.empty() ? "scalar" : text;
}

/// Joins samples along the batch dimension. Throws CommandError when their shapes differ.
TensorMap joined(const std::vector<TensorMap>& samples) {
    TensorMap result;
    for (const auto& [name, first] : samples.front()) {
        HostTensor all{first.type, first.shape, {}};
        std::vector<std::byte> bytes;
        all.shape[0] = 0;
        for (const TensorMap& sample : samples) {
            const HostTensor& tensor = sample.at(name);
            if (!std::equal(first.shape.begin() + 1, first.shape.end(), tensor.shape.begin() + 1, tensor.shape.end())) {
                throw CommandError{Error{ErrorCode::Mismatch, "the images give " + name + " of different shapes", shapeText(first.shape) + " and " + shapeText(tensor.shape),
                                         "use --crop square, or one image at a time"}};
            }
            all.shape[0] += tensor.shape[0];
            bytes.insert(bytes.end(), tensor.bytes.span().begin(), tensor.bytes.span().end());
        }
        all.bytes = SharedBytes(std::move(bytes));
        result.emplace(name, std::move(all));
    }
    return result;
}

/// Those that a file of this ending has room for.
TensorMap writable(const std::string& path, TensorMap tensors) {
    const std::string ending = fs::path(path).extension().string();
    const bool codes = tensors.contains("codes");
    if (ending == ".npy") std::erase_if(tensors, [&](const auto& entry) { return entry.first != (codes ? "codes" : "latents"); });
    if (ending == ".csv") std::erase_if(tensors, [&](const auto& entry) { return entry.first != "codes" && entry.first != "picture_size"; });
    return tensors;
}

/// An array has no names: what else was encoded, and by which model, is not in the file.
void tellWhatIsLost(const std::string& path, const TensorMap& encoded, const TensorMap& written) {
    if (fs::path(path).extension() != ".npy") return;
    std::string lost;
    for (const auto& [name, tensor] : encoded) lost += written.contains(name) ? "" : name + ", ";
    std::fprintf(stderr, "tessera: %s holds the %s alone, without %sthe model and the size and crop: .npz and .safetensors keep them\n", path.c_str(), written.begin()->first.c_str(), lost.c_str());
}

/// Throws CommandError with exit code 2 before anything is encoded.
void checkTokenName(const std::string& path) {
    const std::string ending = fs::path(path).extension().string();
    for (const char* known : {".safetensors", ".npz", ".npy", ".csv"}) {
        if (ending == known) return;
    }
    throw CommandError{Error{ErrorCode::Invalid, "encode writes safetensors, NPZ, NPY or CSV" + (ending.empty() ? std::string() : ", not " + ending), path, "end the name of --out in .safetensors, .npz, .npy or .csv"}, 2};
}

struct EncodeOptions {
    std::vector<std::string> images;
    std::string model, out;
    PreprocessingOptions preprocessing;
};

void runEncode(Context& context, const EncodeOptions& options) {
    checkTokenName(options.out);
    const ModelInfo model = context.openModel(options.model);
    std::vector<TensorMap> samples;
    std::string names;
    for (const std::string& image : options.images) {
        const SourceId source = context.engine().addSource({.path = image});
        samples.push_back(valueOrThrow(await<TensorMap>(
            [&](auto observer) { return context.engine().encode({.source = source, .model = model.id}, options.preprocessing.parameters(), std::move(observer)); },
            fs::path(image).filename().string())));
        names += (names.empty() ? "" : "\n") + image;
    }
    const TensorMap encoded = joined(samples), tensors = writable(options.out, encoded);
    const FileWords words = tokenWords(model, names, options.preprocessing.parameters(), "Tessera " TESSERA_VERSION);
    if (const auto failure = writeTensorFile(options.out, tensors, words)) throw CommandError{*failure};
    tellWhatIsLost(options.out, encoded, tensors);
    if (context.json) {
        nlohmann::json json{{"out", options.out}, {"model", model.name}, {"tensors", nlohmann::json::object()}};
        for (const auto& [name, tensor] : tensors) json["tensors"][name] = {{"shape", tensor.shape}, {"dtype", nameOf(tensor.type)}};
        printJson(json);
    } else {
        for (const auto& [name, tensor] : tensors) std::printf("%-12s  %s  %s\n", name.c_str(), shapeText(tensor.shape).c_str(), std::string(nameOf(tensor.type)).c_str());
    }
}

struct DecodeOptions {
    std::string file, model, out;
};

void runDecode(Context& context, const DecodeOptions& options) {
    const TensorMap tensors = valueOrThrow(readTensorFile(options.file));
    const ModelInfo model = context.openModel(options.model);
    auto decoded = await<std::vector<Picture>>([&](auto observer) { return context.engine().decode(model.id, tensors, std::move(observer)); }, fs::path(options.file).filename().string());
    if (!decoded) {
        Error error = decoded.error();
        // What does not suit is in the file, whichever stage found it.
        if (error.code == ErrorCode::Invalid || error.code == ErrorCode::Mismatch) error.where = options.file;
        throw CommandError{std::move(error)};
    }
    const std::vector<Picture> pictures = std::move(decoded).value();
    if (const auto failure = changedOnDisk(tensors)) throw CommandError{*failure};
    // A file that somebody else wrote says nothing of its model.
    const auto words = readFileWords(options.file);
    const auto word = [&](const char* name) { return words && words.value().contains(name) ? words.value().at(name) : std::string(); };
    if (const std::string other = word("fingerprint"); !other.empty() && other != model.fingerprint) {
        std::fprintf(stderr, "tessera: %s was encoded by %s, whose weights are others than those of %s: what it decodes to need not be the picture\n", options.file.c_str(), word("model").c_str(), model.name.c_str());
    }
    makeFolder(options.out);
    nlohmann::json written = nlohmann::json::array();
    for (std::size_t i = 0; i < pictures.size(); ++i) {
        const std::string name = fs::path(options.file).stem().string() + (pictures.size() == 1 ? "" : "-" + std::to_string(i + 1)) + ".png";
        const std::string path = (fs::path(options.out) / name).string();
        if (const auto failure = writePngFile(path, pictures[i].image.toU8Rgb(), {{"Software", "Tessera " TESSERA_VERSION}, {"Model", model.name}})) throw CommandError{*failure};
        written.push_back(path);
        if (!context.json) std::printf("%s\n", path.c_str());
    }
    if (context.json) printJson(nlohmann::json{{"out", written}});
}

}  // namespace

void addEncode(CLI::App& app, Context& context) {
    auto options = std::make_shared<EncodeOptions>();
    CLI::App* command = app.add_subcommand("encode", "Write the codes and latents of images to a file");
    command->add_option("images", options->images, "Image files")->required();
    command->add_option("--model", options->model, "Embedded model's name, or a checkpoint's file or folder")->required();
    command->add_option("--out", options->out, "File to write: .safetensors or .npz; .npy for the codes alone, of a model without codes the latents; .csv for a table of codes")->required();
    options->preprocessing.addTo(*command);
    command->callback([options, &context] { runEncode(context, *options); });
}

void addDecode(CLI::App& app, Context& context) {
    auto options = std::make_shared<DecodeOptions>();
    CLI::App* command = app.add_subcommand("decode", "Turn a file of codes or latents back into images");
    command->add_option("file", options->file, ".safetensors or .npz with a tensor named codes [B,rows,columns,D] or latents [B,C,h,w]; .npy with one of them, .csv with codes")->required();
    command->add_option("--model", options->model, "Embedded model's name, or a checkpoint's file or folder")->required();
    command->add_option("--out", options->out, "Folder for the images, as PNG")->required();
    command->callback([options, &context] { runDecode(context, *options); });
}

}  // namespace tessera::cli
