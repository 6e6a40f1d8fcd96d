// SPDX-License-Identifier: Apache-2.0
#include <tessera/model_reference.h>

#include <array>
#include <filesystem>

namespace tessera {
namespace {

constexpr std::string_view kInt8 = "int8", kAndInt8 = "+int8";
constexpr std::array kPrecisions{Precision::Auto, Precision::Fp32, Precision::Bf16, Precision::Fp16};

bool namesAFile(const std::string& text) {
    std::error_code error;
    return std::filesystem::exists(text, error) || std::filesystem::exists(parsedModelRequest(text).reference, error);
}

}  // namespace

std::string_view precisionName(Precision precision) {
    switch (precision) {
        case Precision::Auto: return "auto";
        case Precision::Fp32: return "fp32";
        case Precision::Bf16: return "bf16";
        case Precision::Fp16: return "fp16";
    }
    return "auto";
}

ModelRequest parsedModelRequest(std::string_view text, Precision otherwise) {
    const std::size_t at = text.rfind('@');
    if (at != std::string_view::npos && at > 0) {
        const std::string_view suffix = text.substr(at + 1);
        if (suffix == kInt8) return {std::string(text.substr(0, at)), otherwise, true};
        const bool int8 = suffix.ends_with(kAndInt8);
        for (const Precision precision : kPrecisions) {
            if (suffix.substr(0, suffix.size() - (int8 ? kAndInt8.size() : 0)) == precisionName(precision)) return {std::string(text.substr(0, at)), precision, int8};
        }
    }
    return {std::string(text), otherwise};
}

std::string toText(const ModelRequest& request) {
    const bool plain = request.precision == Precision::Auto && parsedModelRequest(request.reference).reference == request.reference;
    if (plain && !request.int8Weights) return request.reference;
    return request.reference + '@' + std::string(precisionName(request.precision)) + (request.int8Weights ? std::string(kAndInt8) : std::string());
}

std::vector<std::string> splitModelList(const std::string& text) {
    std::vector<std::string> parts;
    for (std::size_t start = 0; start <= text.size();) {
        std::size_t end = text.find(',', start);
        // The longest stretch that is a file, else up to the first comma.
        std::size_t taken = end;
        for (std::size_t tried = end; tried != std::string::npos;) {
            tried = text.find(',', tried + 1);
            if (namesAFile(text.substr(start, tried == std::string::npos ? tried : tried - start))) taken = tried;
        }
        const std::string part = text.substr(start, taken == std::string::npos ? taken : taken - start);
        if (!part.empty()) parts.push_back(part);
        if (taken == std::string::npos) break;
        start = taken + 1;
    }
    return parts;
}

}  // namespace tessera
