// SPDX-License-Identifier: Apache-2.0
#include "device/torch_bridge.h"

#include <cstring>
#include <functional>
#include <new>

#include <ATen/Parallel.h>

#include "core/error.h"
#include "device/cuda_ops.h"
#include "kernels/non_finite.h"

namespace tessera {
namespace {

bool aligned(const void* data, DType type) { return reinterpret_cast<std::uintptr_t>(data) % byteSize(type) == 0; }

at::Tensor share(const std::byte* data, at::IntArrayRef shape, at::IntArrayRef strides, DType type, std::shared_ptr<const void> owner) {
    return at::from_blob(
        const_cast<std::byte*>(data), shape, strides, [owner = std::move(owner)](void*) {}, at::TensorOptions().dtype(scalarTypeOf(type)));
}

std::vector<std::int64_t> rowMajor(const std::vector<std::int64_t>& shape) {
    std::vector<std::int64_t> strides(shape.size(), 1);
    for (std::size_t i = shape.size(); i-- > 1;) strides[i - 1] = strides[i] * std::max<std::int64_t>(shape[i], 1);
    return strides;
}

/// First line of what c10 says, without the place in its sources.
std::string firstLine(const std::string& text) {
    std::string line = text.substr(0, text.find('\n'));
    if (const std::size_t at = line.find(" (Exception raised from"); at != std::string::npos) line.resize(at);
    while (!line.empty() && (line.back() == '.' || line.back() == ' ')) line.pop_back();
    return line;
}

Error outOfMemory(const std::string& stage, const std::string& detail) {
    return {ErrorCode::OutOfMemory, "not enough memory" + (detail.empty() ? std::string() : ": " + detail), stage,
            "use a smaller size, or close other models"};
}

bool speaksOfMemory(const std::string& text) {
    for (const char* words : {"not enough memory", "can't allocate memory", "out of memory", "ALLOC_FAILED"}) {
        if (text.find(words) != std::string::npos) return true;
    }
    return false;
}

/// An error of the tensor library. On a GPU any of them may be the first sign that the device is gone for good, so it is asked.
Error ofDevice(const std::string& line, const std::string& stage, at::Device device) {
    if (speaksOfMemory(line)) {
        releaseUnusedMemory(device);
        return outOfMemory(stage, line);
    }
    if (const auto lasting = lastingFailure(device)) {
        return {ErrorCode::DeviceLost, "the GPU stopped working: " + *lasting, stage, "restart the engine to go on with the CPU, or the program to use the GPU again"};
    }
    return {ErrorCode::Internal, line, stage, {}};
}

}  // namespace

at::ScalarType scalarTypeOf(DType type) {
    switch (type) {
        case DType::Bool: return at::kBool;
        case DType::U8: return at::kByte;
        case DType::I8: return at::kChar;
        case DType::I16: return at::kShort;
        case DType::I32: return at::kInt;
        case DType::I64: return at::kLong;
        case DType::F16: return at::kHalf;
        case DType::BF16: return at::kBFloat16;
        case DType::F32: return at::kFloat;
        case DType::F64: return at::kDouble;
    }
    TESSERA_ASSERT(false);
}

DType dtypeOf(at::ScalarType type) {
    switch (type) {
        case at::kBool: return DType::Bool;
        case at::kByte: return DType::U8;
        case at::kChar: return DType::I8;
        case at::kShort: return DType::I16;
        case at::kInt: return DType::I32;
        case at::kLong: return DType::I64;
        case at::kHalf: return DType::F16;
        case at::kBFloat16: return DType::BF16;
        case at::kFloat: return DType::F32;
        case at::kDouble: return DType::F64;
        default: break;
    }
    throw Failure(ErrorCode::Unsupported, std::string("tensors of type ") + at::toString(type) + " cannot be kept in files");
}

at::Tensor tensorFromHost(const HostTensor& tensor) {
    if (tensor.elements() == 0) return at::empty(tensor.shape, at::TensorOptions().dtype(scalarTypeOf(tensor.type)));
    const auto owner = std::make_shared<SharedBytes>(tensor.bytes);
    const at::Tensor shared = share(tensor.bytes.data(), tensor.shape, rowMajor(tensor.shape), tensor.type, owner);
    if (aligned(tensor.bytes.data(), tensor.type)) return shared;
    at::Tensor copy = at::empty(tensor.shape, shared.options());
    std::memcpy(copy.data_ptr(), tensor.bytes.data(), tensor.bytes.size());
    return copy;
}

at::Tensor tensorFromStored(const StoredTensor& tensor) {
    if (tensor.byteSwapped || tensor.elements() == 0 || !aligned(tensor.data, tensor.type)) return tensorFromHost(tensor.toHost());
    const auto strides = tensor.strides.empty() ? rowMajor(tensor.shape) : tensor.strides;
    return share(tensor.data, tensor.shape, strides, tensor.type, tensor.owner);
}

HostTensor hostFromTensor(const at::Tensor& tensor) {
    const auto dense = std::make_shared<const at::Tensor>(tensor.detach().to(at::kCPU).contiguous());
    HostTensor result;
    result.type = dtypeOf(dense->scalar_type());
    result.shape = dense->sizes().vec();
    result.bytes = SharedBytes(dense, static_cast<const std::byte*>(dense->const_data_ptr()), dense->nbytes());
    return result;
}

at::Tensor tensorFromImage(const Image& image) {
    const auto rgb = std::make_shared<const Image>(image.toFloatRgb());
    const auto& samples = std::get<SharedArray<float>>(rgb->samples());
    const std::int64_t h = rgb->height(), w = rgb->width();
    if (samples.empty()) throw Failure(ErrorCode::Invalid, "the picture is empty");
    // Pixels lie as [H,W,3]: that is [1,3,H,W] channels-last.
    return share(reinterpret_cast<const std::byte*>(samples.data()), {1, 3, h, w}, {h * w * 3, 1, w * 3, 3}, DType::F32, rgb);
}

Image imageFromTensor(const at::Tensor& tensor) {
    at::Tensor planes = tensor.dim() == 4 ? tensor.squeeze(0) : tensor;  // [C,H,W]
    if (planes.dim() != 3 || (planes.size(0) != 1 && planes.size(0) != 3)) {
        throw Failure(ErrorCode::Invalid, "a tensor of shape " + c10::str(tensor.sizes()) + " is no picture", {}, "give [1,3,H,W] or [3,H,W]");
    }
    const auto pixels = std::make_shared<const at::Tensor>(planes.detach().to(at::kCPU, at::kFloat).permute({1, 2, 0}).contiguous());  // [H,W,C]
    const SharedArray<float> samples(pixels, pixels->const_data_ptr<float>(), static_cast<std::size_t>(pixels->numel()));
    return Image(static_cast<int>(planes.size(2)), static_cast<int>(planes.size(1)), static_cast<int>(planes.size(0)), samples);
}

bool allFinite(const at::Tensor& tensor) {
    if (!tensor.is_floating_point() || tensor.numel() == 0) return true;
    if (const auto answer = allFiniteOnCuda(tensor)) return *answer;
    const auto element = elementOf(tensor.scalar_type());
    if (!tensor.device().is_cpu() || !tensor.is_non_overlapping_and_dense() || !element) return at::isfinite(tensor).all().item<bool>();
    const auto* bytes = static_cast<const std::byte*>(tensor.const_data_ptr());
    const auto step = static_cast<std::int64_t>(kernels::byteSize(*element));
    return !at::parallel_reduce(
        0, tensor.numel(), 1 << 16, 0,
        [&](std::int64_t begin, std::int64_t end, int found) { return found | kernels::holdsNonFinite({bytes + begin * step, *element, end - begin}); },
        std::bit_or<int>());
}

Error describeException(std::exception_ptr exception, const std::string& stage, at::Device device) {
    try {
        std::rethrow_exception(exception);
    } catch (const Failure& failure) {
        Error error = failure.error();
        if (error.where.empty()) error.where = stage;
        return error;
    } catch (const Cancelled&) {
        return {ErrorCode::Cancelled, "cancelled", stage, {}};
    } catch (const std::bad_alloc&) {
        return outOfMemory(stage, {});
    } catch (const c10::OutOfMemoryError& error) {
        releaseUnusedMemory(device);
        return outOfMemory(stage, firstLine(error.what_without_backtrace()));
    } catch (const c10::Error& error) {
        return ofDevice(firstLine(error.what_without_backtrace()), stage, device);
    } catch (const std::exception& error) {
        return ofDevice(firstLine(error.what()), stage, device);
    } catch (...) {
        return {ErrorCode::Internal, "an unknown exception", stage, {}};
    }
}

}  // namespace tessera
