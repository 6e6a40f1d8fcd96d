// SPDX-License-Identifier: Apache-2.0
#include "support/golden_case.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include <nlohmann/json.hpp>
#include <tessera/files.h>

namespace tessera::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

void read(const Json& json, Tolerance& tolerance) {
    if (!json.is_object()) return;
    if (const auto it = json.find("abs"); it != json.end() && it->is_number()) tolerance.absolute = *it;
    if (const auto it = json.find("rel"); it != json.end() && it->is_number()) tolerance.relative = *it;
}

template <typename T>
std::vector<double> as(const HostTensor& tensor) {
    std::vector<T> values(static_cast<std::size_t>(tensor.elements()));
    std::memcpy(values.data(), tensor.bytes.data(), tensor.bytes.size());
    return {values.begin(), values.end()};
}

float fromHalf(std::uint16_t bits) {
    const float sign = bits & 0x8000 ? -1.f : 1.f;
    const int exponent = bits >> 10 & 31, fraction = bits & 1023;
    if (exponent == 31) return fraction ? std::nanf("") : sign * INFINITY;
    return sign * (exponent == 0 ? std::ldexp(static_cast<float>(fraction), -24) : std::ldexp(static_cast<float>(1024 + fraction), exponent - 25));
}

std::string shapeText(const HostTensor& tensor) {
    return Json(tensor.shape).dump();
}

}  // namespace

GoldenCase::GoldenCase(fs::path folder) : m_folder(std::move(folder)) {
    std::ifstream file(m_folder / "case.json");
    const Json json = Json::parse(file);
    read(json.value("tolerance", Json::object()), m_tolerance);
    const Json overrides = json.value("tolerance_overrides", Json::object());
    for (const auto& [name, entry] : overrides.items()) {
        m_overrides[name] = m_tolerance;
        read(entry, m_overrides[name]);
    }
}

std::string GoldenCase::name() const {
    return (m_folder.parent_path().filename() / m_folder.filename()).string();
}

TensorMap GoldenCase::tensors(const std::string& prefix) const {
    const auto all = readTensorFile(referenceFile().string());
    if (!all) throw std::runtime_error(toLine(all.error()));
    TensorMap chosen;
    for (const auto& [name, tensor] : all.value()) {
        if (name.starts_with(prefix)) chosen.emplace(name, tensor);
    }
    return chosen;
}

Tolerance GoldenCase::toleranceOf(const std::string& tensor) const {
    const auto it = m_overrides.find(tensor);
    return it == m_overrides.end() ? m_tolerance : it->second;
}

std::vector<GoldenCase> goldenCases(const std::string& family) {
    std::vector<fs::path> folders;
    for (const auto& entry : fs::directory_iterator(fs::path(TESSERA_SOURCE_DIR) / "tests/golden" / family)) {
        if (fs::exists(entry.path() / "reference.safetensors") && fs::exists(entry.path() / "model")) folders.push_back(entry.path());
    }
    std::ranges::sort(folders);
    return {folders.begin(), folders.end()};
}

std::string testName(const GoldenCase& golden) {
    std::string name = golden.name();
    std::ranges::replace_if(name, [](unsigned char c) { return !std::isalnum(c); }, '_');
    return name;
}

std::ostream& operator<<(std::ostream& stream, const GoldenCase& golden) {
    return stream << golden.name();
}

std::vector<double> valuesOf(const HostTensor& tensor) {
    switch (tensor.type) {
        case DType::F32: return as<float>(tensor);
        case DType::F64: return as<double>(tensor);
        case DType::I64: return as<std::int64_t>(tensor);
        case DType::I32: return as<std::int32_t>(tensor);
        case DType::U8: return as<std::uint8_t>(tensor);
        case DType::F16:
        case DType::BF16: break;
        default: throw std::runtime_error("valuesOf does not read " + std::string(nameOf(tensor.type)));
    }
    std::vector<std::uint16_t> bits(static_cast<std::size_t>(tensor.elements()));
    std::memcpy(bits.data(), tensor.bytes.data(), tensor.bytes.size());
    std::vector<double> values;
    for (const std::uint16_t each : bits) {
        values.push_back(tensor.type == DType::F16 ? fromHalf(each) : std::bit_cast<float>(static_cast<std::uint32_t>(each) << 16));
    }
    return values;
}

HostTensor float32Tensor(std::vector<std::int64_t> shape, const std::vector<float>& values) {
    std::vector<std::byte> bytes(values.size() * sizeof(float));
    std::memcpy(bytes.data(), values.data(), bytes.size());
    HostTensor tensor{DType::F32, std::move(shape), SharedBytes(std::move(bytes))};
    if (tensor.elements() != static_cast<std::int64_t>(values.size())) throw std::runtime_error("float32Tensor: the shape holds another number of values");
    return tensor;
}

std::string mismatch(const HostTensor& recorded, const HostTensor& actual, Tolerance tolerance) {
    if (recorded.shape != actual.shape) return "shape " + shapeText(actual) + " instead of " + shapeText(recorded);
    const bool integers = recorded.type == DType::I64 || recorded.type == DType::I32;
    if (integers) tolerance = {0, 0};
    const std::vector<double> expected = valuesOf(recorded), values = valuesOf(actual);
    std::size_t off = 0, worst = 0;
    double worstExcess = 0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const double excess = std::abs(values[i] - expected[i]) - tolerance.absolute - tolerance.relative * std::abs(expected[i]);
        if (excess <= 0) continue;  // NaN goes on
        if (off++ == 0 || !(excess <= worstExcess)) worst = i, worstExcess = excess;
    }
    if (off == 0) return {};
    std::ostringstream text;
    text << off << " of " << expected.size() << " elements are off, the worst at " << worst << ": " << values[worst] << " instead of " << expected[worst];
    return text.str();
}

std::string mismatches(const GoldenCase& golden, const TensorMap& actual) {
    std::string lines;
    for (const auto& [name, recorded] : golden.tensors("out.")) {
        const auto it = actual.find(name);
        const std::string problem = it == actual.end() ? "not computed" : mismatch(recorded, it->second, golden.toleranceOf(name));
        if (!problem.empty()) lines += golden.name() + " " + name + ": " + problem + "\n";
    }
    return lines;
}

}  // namespace tessera::test
