// SPDX-License-Identifier: Apache-2.0
// tessera fit-codebooks: residual codebooks over the latents of a Tessera autoencoder, so that its pictures become grids of codes.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include <Eigen/Core>
#include <nlohmann/json.hpp>
#include <tessera/files.h>

#include "command.h"
#include "residual_kmeans.h"

namespace tessera::cli {
namespace {

namespace fs = std::filesystem;

constexpr int kPicturesForScale = 8;

struct FitOptions {
    std::vector<std::string> images;
    std::vector<std::int64_t> sizes{256, 512};
    std::string model, out;
    KMeansOptions kmeans;
    int patch = 2;
    std::size_t vectors = 200'000;
};

/// Latents [1,z,h,w] on the host.
struct Latents {
    int channels = 0, height = 0, width = 0;
    HostTensor tensor;
    float at(int c, int y, int x) const {
        float value = 0;
        std::memcpy(&value, tensor.bytes.data() + (static_cast<std::size_t>(c) * height * width + static_cast<std::size_t>(y) * width + x) * sizeof value, sizeof value);
        return value;
    }
};

HostTensor floatTensor(std::vector<std::int64_t> shape, std::span<const float> values) {
    const auto* bytes = reinterpret_cast<const std::byte*>(values.data());
    return {DType::F32, std::move(shape), SharedBytes(std::vector<std::byte>(bytes, bytes + values.size_bytes()))};
}

HostTensor halfTensor(std::vector<std::int64_t> shape, std::span<const float> values) {
    std::vector<std::byte> bytes(values.size() * sizeof(Eigen::half));
    for (std::size_t i = 0; i < values.size(); ++i) {
        const Eigen::half half(values[i]);
        std::memcpy(bytes.data() + i * sizeof half, &half, sizeof half);
    }
    return {DType::F16, std::move(shape), SharedBytes(std::move(bytes))};
}

std::vector<std::string> filesOf(const std::vector<std::string>& given) {
    std::vector<std::string> files;
    for (const std::string& path : given) {
        std::error_code error;
        if (!fs::is_directory(path, error)) {
            files.push_back(path);
            continue;
        }
        for (const auto& entry : fs::recursive_directory_iterator(path, fs::directory_options::follow_directory_symlink, error)) {
            if (entry.is_regular_file(error)) files.push_back(entry.path().string());
        }
    }
    std::ranges::sort(files);
    return files;
}

Latents encoded(Context& context, const ModelInfo& model, const std::string& path, std::int64_t size) {
    const SourceId source = context.engine().addSource({.path = path});
    const ParameterSet preprocessing{{"size", size}, {"crop", std::string("whole")}};
    auto result = await<TensorMap>([&](auto observer) { return context.engine().encode({.source = source, .model = model.id}, preprocessing, std::move(observer)); },
                                   fs::path(path).filename().string());
    context.engine().removeSource(source);
    HostTensor latents = valueOrThrow(std::move(result)).at("latents");
    return {static_cast<int>(latents.shape[1]), static_cast<int>(latents.shape[2]), static_cast<int>(latents.shape[3]), std::move(latents)};
}

double meanSquare(const Image& a, const Image& b) {
    const auto x = std::get<SharedArray<float>>(a.samples()).span(), y = std::get<SharedArray<float>>(b.samples()).span();
    double sum = 0;
    for (std::size_t i = 0; i < x.size(); ++i) sum += (double(x[i]) - y[i]) * (double(x[i]) - y[i]);
    return sum / static_cast<double>(x.size());
}

/// How far a channel moves the pixels: root mean square of their change for a change of one latent unit all over.
std::vector<float> pixelWeights(Context& context, const ModelInfo& model, const std::vector<Latents>& pictures) {
    const auto decoded = [&](const Latents& latents, int channel) {
        std::vector<float> values(latents.tensor.elements());
        std::memcpy(values.data(), latents.tensor.bytes.data(), values.size() * sizeof(float));
        const std::size_t plane = static_cast<std::size_t>(latents.height) * latents.width;
        // Alternating signs, as a codeword's errors are: a change of the same sign everywhere is one that no code makes.
        for (std::size_t i = 0; channel >= 0 && i < plane; ++i) values[channel * plane + i] += (i / latents.width + i % latents.width) % 2 ? 0.5F : -0.5F;
        return valueOrThrow(await<std::vector<Picture>>(
            [&](auto observer) { return context.engine().decode(model.id, {{"latents", floatTensor(latents.tensor.shape, values)}}, std::move(observer)); }, "weighing the channels"))[0].image.toFloatRgb();
    };
    std::vector<double> squares(pictures.front().channels);
    for (const Latents& latents : pictures) {
        const Image clean = decoded(latents, -1);
        for (int channel = 0; channel < latents.channels; ++channel) {
            const Image moved = decoded(latents, channel);
            squares[channel] += meanSquare(clean, moved) / 0.25;
        }
    }
    std::vector<float> weights;
    for (const double square : squares) weights.push_back(static_cast<float>(std::sqrt(std::max(square, 1e-12) / static_cast<double>(pictures.size()))));
    const float largest = std::ranges::max(weights);
    for (float& weight : weights) weight /= largest;
    return weights;
}

/// Vectors [N, patch*patch*z] of scaled latents, in the order (row, column, channel), drawn evenly from all pictures.
std::vector<float> sampled(const std::vector<Latents>& pictures, const std::vector<float>& weights, int patch, std::size_t most, std::uint64_t seed) {
    std::vector<std::array<int, 3>> places;
    for (int p = 0; p < static_cast<int>(pictures.size()); ++p) {
        for (int y = 0; y + patch <= pictures[p].height; ++y) {
            for (int x = 0; x + patch <= pictures[p].width; ++x) places.push_back({p, y, x});
        }
    }
    std::mt19937_64 random(seed);
    for (std::size_t i = 0; i < std::min(most, places.size()); ++i) std::swap(places[i], places[i + random() % (places.size() - i)]);
    if (places.size() > most) places.resize(most);
    std::vector<float> vectors;
    vectors.reserve(places.size() * patch * patch * weights.size());
    for (const auto& [p, y, x] : places) {
        for (int i = 0; i < patch * patch; ++i) {
            for (int c = 0; c < static_cast<int>(weights.size()); ++c) vectors.push_back(weights[c] * pictures[p].at(c, y + i / patch, x + i % patch));
        }
    }
    return vectors;
}

/// config.json of the model's folder. Throws CommandError for a model of another family.
nlohmann::json configOf(const ModelInfo& model) {
    if (model.family != "tessera_autoencoder") {
        throw CommandError{Error{ErrorCode::Unsupported, "codebooks are fitted over Tessera's own autoencoders only", model.name, "give a model of the family tessera_autoencoder"}};
    }
    std::ifstream file(fs::path(model.path) / "config.json");
    nlohmann::json config = nlohmann::json::parse(file, nullptr, false);
    if (config.is_object()) return config;
    throw CommandError{Error{ErrorCode::NotFound, "the model's config.json cannot be read", model.path, "give the model as a folder"}};
}

/// The model's own tensors and those that its config takes from another model's file (weights_of), which stand beside them from now on.
TensorMap tensorsOf(const ModelInfo& model, nlohmann::json& config) {
    const fs::path folder(model.path), own = folder / "model.safetensors";
    TensorMap tensors;
    std::error_code error;
    if (fs::exists(own, error) || !config.contains("weights_of")) tensors = valueOrThrow(readTensorFile(own.string()));
    if (!config.contains("weights_of")) return tensors;
    const std::string prefix = config["weights_of"].at("prefix");
    for (auto& [name, tensor] : valueOrThrow(readTensorFile((folder / config["weights_of"].at("path").get<std::string>()).string()))) {
        if (name.starts_with(prefix)) tensors.emplace(name.substr(prefix.size()), tensor);
    }
    config.erase("weights_of");
    return tensors;
}

void runFit(Context& context, FitOptions& options) {
    const ModelInfo model = context.openModel(ModelRequest{options.model, Precision::Fp32});
    nlohmann::json config = configOf(model);
    std::vector<Latents> pictures;
    std::size_t skipped = 0;
    const std::vector<std::string> files = filesOf(options.images);
    for (const std::string& path : files) {
        for (const std::int64_t size : options.sizes) {
            try {
                pictures.push_back(encoded(context, model, path, size));
            } catch (const CommandError& error) {
                if (error.error.code == ErrorCode::Cancelled) throw;
                std::fprintf(stderr, "left out %s: %s\n", path.c_str(), error.error.message.c_str());
                ++skipped;
                break;
            }
        }
    }
    if (pictures.empty()) throw CommandError{Error{ErrorCode::Invalid, "none of the files is a picture", {}, "give image files, or folders of them"}};

    std::vector<Latents> some;
    for (int i = 0; i < std::min<int>(kPicturesForScale, static_cast<int>(pictures.size())); ++i) some.push_back(pictures[i * pictures.size() / kPicturesForScale % pictures.size()]);
    const std::vector<float> weights = pixelWeights(context, model, some);
    std::vector<float> vectors = sampled(pictures, weights, options.patch, options.vectors, options.kmeans.seed);
    pictures.clear();
    const int dim = options.patch * options.patch * static_cast<int>(weights.size());
    const std::size_t count = vectors.size() / static_cast<std::size_t>(dim);
    if (count < static_cast<std::size_t>(options.kmeans.codewords)) {
        throw CommandError{Error{ErrorCode::Invalid, "the pictures give " + std::to_string(count) + " vectors, fewer than the codewords", {}, "give more pictures, or a smaller --codewords"}};
    }
    ProgressBar bar("fitting");
    const ResidualCodebooks books = fitResidualCodebooks(std::move(vectors), dim, options.kmeans, [&](double fraction) {
        bar.show({.fraction = fraction, .stage = "k-means", .secondsLeft = {}});
        return !interrupted();
    });
    bar.clear();
    if (interrupted()) throw CommandError{Error{ErrorCode::Cancelled, "cancelled", {}, {}}};

    TensorMap tensors = tensorsOf(model, config);
    std::erase_if(tensors, [](const auto& entry) { return entry.first.starts_with("quantizer."); });
    tensors["quantizer.scale"] = floatTensor({static_cast<std::int64_t>(weights.size())}, weights);
    tensors["quantizer.codebooks"] = halfTensor({options.kmeans.depths, options.kmeans.codewords, dim}, books.codewords);
    config["quantizer"] = {{"depths", options.kmeans.depths}, {"codebook_size", options.kmeans.codewords}, {"patch", options.patch}};
    makeFolder(options.out);
    const fs::path folder(options.out);
    if (const auto failure = writeTensorFile((folder / "model.safetensors").string(), tensors, {{"software", "Tessera " TESSERA_VERSION}, {"base", model.name}})) throw CommandError{*failure};
    if (const auto failure = writeTextFile((folder / "config.json").string(), config.dump(1) + "\n")) throw CommandError{*failure};
    if (context.json) {
        printJson({{"out", options.out}, {"vectors", count}, {"pictures", files.size() - skipped}, {"residual_share", books.residualShare}, {"perplexity", books.perplexity}});
        return;
    }
    std::printf("%zu vectors of %d numbers from %zu pictures\ndepth  left   perplexity\n", count, dim, files.size() - skipped);
    for (std::size_t d = 0; d < books.residualShare.size(); ++d) std::printf("%5zu  %4.1f %%  %.0f of %d\n", d + 1, 100 * books.residualShare[d], books.perplexity[d], options.kmeans.codewords);
}

}  // namespace

void addFitCodebooks(CLI::App& app, Context& context) {
    auto options = std::make_shared<FitOptions>();
    CLI::App* command = app.add_subcommand("fit-codebooks", "Fit residual codebooks over the latents of a Tessera autoencoder by k-means");
    command->add_option("images", options->images, "Image files, or folders of them")->required();
    command->add_option("--model", options->model, "Model of the family tessera_autoencoder")->required();
    command->add_option("--out", options->out, "Folder to write: config.json and model.safetensors")->required();
    command->add_option("--depths", options->kmeans.depths, "Codes per patch")->capture_default_str()->check(CLI::Range(1, 64));
    command->add_option("--codewords", options->kmeans.codewords, "Codewords of each depth")->capture_default_str()->check(CLI::Range(2, 65536));
    command->add_option("--patch", options->patch, "Side of a patch of latents that one code stands for")->capture_default_str()->check(CLI::Range(1, 8));
    command->add_option("--sizes", options->sizes, "Shorter sides in pixels at which every picture is encoded")->capture_default_str()->check(CLI::Range(64, 4096));
    command->add_option("--vectors", options->vectors, "Most patches to fit on")->capture_default_str();
    command->add_option("--iterations", options->kmeans.iterations, "Steps of k-means at each depth")->capture_default_str()->check(CLI::Range(1, 1000));
    command->add_option("--seed", options->kmeans.seed, "Draws the patches and the first codewords")->capture_default_str();
    command->callback([options, &context] {
        options->kmeans.threads = context.options.cpuThreads > 0 ? context.options.cpuThreads : static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
        runFit(context, *options);
    });
}

}  // namespace tessera::cli
