// SPDX-License-Identifier: Apache-2.0
#include "image/lpips.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <mutex>

#include "checkpoint/safetensors.h"
#include "checkpoint/torch_zip.h"
#include "core/error.h"
#include "core/mapped_file.h"
#include "image/convolution.h"
#include "image/metric_input.h"

namespace tessera {

/// resources/lpips/lpips_v0.1_linear_heads.safetensors, compiled in.
extern const unsigned char kLpipsHeads[];
extern const std::size_t kLpipsHeadsSize;

namespace {

namespace fs = std::filesystem;

struct Step {
    int feature;             ///< index in torchvision's `features`
    ConvolutionShape shape;
    bool poolBefore, tapAfter;
};

struct Layout {
    const char* name;
    const char* head;           ///< prefix of its linear heads
    int poolSide, poolStride;
    int smallest;               ///< px per side below which nothing is left of the picture
    std::vector<Step> steps;
};

const Layout kAlexNet{"AlexNet", "alex", 3, 2, 31,
                      {{0, {3, 64, 11, 4, 2}, false, true}, {3, {64, 192, 5, 1, 2}, true, true}, {6, {192, 384, 3, 1, 1}, true, true},
                       {8, {384, 256, 3, 1, 1}, false, true}, {10, {256, 256, 3, 1, 1}, false, true}}};
const Layout kVgg16{"VGG16", "vgg", 2, 2, 16,
                    {{0, {3, 64}, false, false}, {2, {64, 64}, false, true}, {5, {64, 128}, true, false}, {7, {128, 128}, false, true},
                     {10, {128, 256}, true, false}, {12, {256, 256}, false, false}, {14, {256, 256}, false, true}, {17, {256, 512}, true, false},
                     {19, {512, 512}, false, false}, {21, {512, 512}, false, true}, {24, {512, 512}, true, false}, {26, {512, 512}, false, false},
                     {28, {512, 512}, false, true}}};

std::vector<float> floats(const HostTensor& tensor) {
    std::vector<float> values(static_cast<std::size_t>(tensor.elements()));
    std::memcpy(values.data(), tensor.bytes.data(), values.size() * sizeof(float));
    return values;
}

std::vector<float> take(const TensorMap& tensors, const std::string& name, const std::vector<std::int64_t>& shape) {
    const auto found = tensors.find(name);
    if (found == tensors.end()) throw Failure(ErrorCode::Mismatch, "tensor " + name + " is missing", name);
    if (found->second.type != DType::F32 || found->second.shape != shape)
        throw Failure(ErrorCode::Mismatch, "tensor " + name + " has the wrong type or shape", name);
    return floats(found->second);
}

TensorMap heads() {
    const std::span bytes(reinterpret_cast<const std::byte*>(kLpipsHeads), kLpipsHeadsSize);
    TensorMap tensors;
    for (const auto& [name, tensor] : parseSafetensors(bytes, nullptr, "LPIPS heads").tensors) tensors.emplace(name, tensor.toHost());
    return tensors;
}

// (x in [-1,1] - shift) / scale, as planes.
FeatureMap inputOf(const Image& image) {
    constexpr std::array kShift{-0.030F, -0.088F, -0.188F}, kScale{0.458F, 0.448F, 0.450F};
    const auto samples = std::get<SharedArray<float>>(image.samples()).span();
    FeatureMap map{3, image.height(), image.width(), {}};
    map.values.reserve(samples.size());
    for (std::size_t c = 0; c < 3; ++c)
        for (std::size_t i = c; i < samples.size(); i += 3) map.values.push_back((2 * samples[i] - 1 - kShift[c]) / kScale[c]);
    return map;
}

// Each pixel's channels to length 1.
void normalise(FeatureMap& map) {
    const auto pixels = static_cast<std::size_t>(map.pixels());
    std::vector<float> length(pixels, 0.0F);
    for (std::size_t i = 0; i < map.values.size(); ++i) length[i % pixels] += map.values[i] * map.values[i];
    for (float& value : length) value = std::sqrt(value) + 1e-10F;
    for (std::size_t i = 0; i < map.values.size(); ++i) map.values[i] /= length[i % pixels];
}

double distanceOf(FeatureMap a, FeatureMap b, const std::vector<float>& head) {
    normalise(a);
    normalise(b);
    const auto pixels = static_cast<std::size_t>(a.pixels());
    double sum = 0;
    for (std::size_t c = 0; c < head.size(); ++c) {
        double channel = 0;
        for (std::size_t i = c * pixels; i < (c + 1) * pixels; ++i) {
            const double difference = static_cast<double>(a.values[i]) - static_cast<double>(b.values[i]);
            channel += difference * difference;
        }
        sum += static_cast<double>(head[c]) * channel;
    }
    return sum / static_cast<double>(pixels);
}

}  // namespace

struct LpipsNetwork::Private {
    const Layout* layout = nullptr;
    std::string name;
    std::vector<std::vector<float>> weights, biases;  ///< per step
    std::vector<std::vector<float>> heads;            ///< per tap

    std::vector<FeatureMap> taps(const Image& image, const std::function<void()>& checkpoint) const {
        std::vector<FeatureMap> result;
        FeatureMap map = inputOf(image);
        for (std::size_t i = 0; i < layout->steps.size(); ++i) {
            if (checkpoint) checkpoint();
            const Step& step = layout->steps[i];
            if (step.poolBefore) map = maxPool(map, layout->poolSide, layout->poolStride);
            map = convolveRelu(map, step.shape, weights[i].data(), biases[i].data());
            if (step.tapAfter) result.push_back(map);
        }
        return result;
    }
};

LpipsNetwork::LpipsNetwork(const TensorMap& backbone) {
    auto network = std::make_unique<Private>();
    // Only AlexNet has a convolution at 3, only VGG16 one at 2.
    network->layout = backbone.contains("features.2.weight") ? &kVgg16 : &kAlexNet;
    network->name = network->layout->name;
    const TensorMap linear = heads();
    for (const Step& step : network->layout->steps) {
        const ConvolutionShape& s = step.shape;
        const std::string prefix = "features." + std::to_string(step.feature);
        network->weights.push_back(take(backbone, prefix + ".weight", {s.outputs, s.inputs, s.side, s.side}));
        network->biases.push_back(take(backbone, prefix + ".bias", {s.outputs}));
        if (!step.tapAfter) continue;
        const std::string head = std::string(network->layout->head) + ".lin" + std::to_string(network->heads.size()) + ".model.1.weight";
        network->heads.push_back(take(linear, head, {1, s.outputs, 1, 1}));
    }
    d = std::move(network);
}

LpipsNetwork::~LpipsNetwork() = default;
LpipsNetwork::LpipsNetwork(LpipsNetwork&&) noexcept = default;
LpipsNetwork& LpipsNetwork::operator=(LpipsNetwork&&) noexcept = default;

LpipsNetwork LpipsNetwork::open(const fs::path& path) {
    TensorMap tensors;
    const auto add = [&](const std::map<std::string, StoredTensor>& stored) {
        for (const auto& [name, tensor] : stored)
            if (name.starts_with("features.")) tensors.emplace(name, tensor.toHost());
    };
    if (path.extension() == ".safetensors") {
        add(readSafetensors(path).tensors);
    } else {
        for (const auto& [section, stored] : readTorchZip(path).sections) add(stored);
    }
    LpipsNetwork network(tensors);
    for (const auto& [name, tensor] : tensors) checkUnchanged(tensor.bytes.data());
    return network;
}

const std::string& LpipsNetwork::name() const {
    return d->name;
}

double LpipsNetwork::flops(int width, int height) const {
    double sum = 0;
    for (const Step& step : d->layout->steps) {
        const ConvolutionShape& s = step.shape;
        const auto through = [](int side, int window, int padding, int stride) { return std::max(0, (side + 2 * padding - window) / stride + 1); };
        for (int* side : {&width, &height}) {
            if (step.poolBefore) *side = through(*side, d->layout->poolSide, 0, d->layout->poolStride);
            *side = through(*side, s.side, s.padding, s.stride);
        }
        sum += 2.0 * s.inputs * s.outputs * s.side * s.side * width * height;
    }
    return 2 * sum;
}

LpipsResult LpipsNetwork::distance(const Image& reference, const Image& image, const LpipsEffort& effort) const {
    checkSameSize(reference, image);
    LpipsResult result;
    if (std::min(image.width(), image.height()) < d->layout->smallest) {
        result.detail = "both sides must be at least " + std::to_string(d->layout->smallest) + " px";
        return result;
    }
    if (const double needed = flops(image.width(), image.height()); needed > effort.mostFlops) {
        result.detail = "left out: " + d->name + " takes " + std::to_string(std::llround(needed / 1e9)) + " GFLOP at this size; tessera metrics computes it";
        return result;
    }
    const std::vector<FeatureMap> a = d->taps(clampedRgb(reference), effort.checkpoint), b = d->taps(clampedRgb(image), effort.checkpoint);
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        result.perLayer.push_back(distanceOf(a[i], b[i], d->heads[i]));
        sum += result.perLayer.back();
    }
    result.value = sum;
    result.detail = d->name + ", LPIPS 0.1";
    return result;
}

namespace {

fs::path weightsFolder() {
    if (const char* given = std::getenv("TESSERA_LPIPS_WEIGHTS"); given != nullptr && *given != '\0') return given;
    if (const char* data = std::getenv("XDG_DATA_HOME"); data != nullptr && *data == '/') return fs::path(data) / "tessera/lpips";
    const char* home = std::getenv("HOME");
    return fs::path(home == nullptr ? "/" : home) / ".local/share/tessera/lpips";
}

// AlexNet first: what LPIPS numbers mean unless somebody says otherwise.
std::optional<fs::path> weightsFile() {
    std::error_code error;
    const fs::path place = weightsFolder();
    if (fs::is_regular_file(place, error)) return place;
    std::vector<fs::path> files;
    for (auto entry = fs::directory_iterator(place, error); !error && entry != fs::directory_iterator(); entry.increment(error)) {
        const std::string extension = entry->path().extension().string();
        if (extension == ".safetensors" || extension == ".pth" || extension == ".pt") files.push_back(entry->path());
    }
    const auto rank = [](const fs::path& path) { return std::pair(path.filename().string().find("alex") == std::string::npos, path); };
    std::sort(files.begin(), files.end(), [&](const fs::path& a, const fs::path& b) { return rank(a) < rank(b); });
    if (files.empty()) return std::nullopt;
    return files.front();
}

struct Loaded {
    fs::path path;
    fs::file_time_type time;
    std::shared_ptr<const LpipsNetwork> network;
    std::string reason;  ///< why there is no network
};

Loaded loaded() {
    static std::mutex mutex;
    static Loaded last;
    const std::optional<fs::path> path = weightsFile();
    if (!path) return {{}, {}, nullptr, "needs weights: put torchvision's AlexNet or VGG16 state dict (alexnet*.pth, vgg16*.pth or .safetensors) into " + weightsFolder().string()};
    std::error_code error;
    const fs::file_time_type time = fs::last_write_time(*path, error);
    const std::lock_guard lock(mutex);
    if (last.path == *path && last.time == time) return last;
    last = {*path, time, nullptr, {}};
    try {
        last.network = std::make_shared<const LpipsNetwork>(LpipsNetwork::open(*path));
    } catch (const Failure& failure) {
        last.reason = "needs weights: " + path->filename().string() + " cannot be used, " + failure.error().message;
    }
    return last;
}

}  // namespace

std::string lpipsWeightsStamp() {
    const std::optional<fs::path> path = weightsFile();
    if (!path) return {};
    std::error_code error;
    return path->string() + ' ' + std::to_string(fs::last_write_time(*path, error).time_since_epoch().count());
}

LpipsResult lpips(const Image& reference, const Image& image, const LpipsEffort& effort) {
    checkSameSize(reference, image);
    const Loaded weights = loaded();
    if (weights.network) return weights.network->distance(reference, image, effort);
    LpipsResult result;
    result.detail = weights.reason;
    return result;
}

}  // namespace tessera
