// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/pickle_values.h"

#include <algorithm>
#include <array>
#include <limits>

#include "core/error.h"

namespace tessera::pickle {
namespace {

// Bounds on what is copied, so that a short stream that repeats itself cannot fill the memory.
constexpr std::size_t kMostExtents = 64, kLongestKey = 256;

struct StorageClass {
    std::string_view name;
    DType type;
};
constexpr std::array kStorageClasses{StorageClass{"FloatStorage", DType::F32},     StorageClass{"HalfStorage", DType::F16}, StorageClass{"BFloat16Storage", DType::BF16},
                                     StorageClass{"DoubleStorage", DType::F64},    StorageClass{"LongStorage", DType::I64}, StorageClass{"IntStorage", DType::I32},
                                     StorageClass{"ShortStorage", DType::I16},     StorageClass{"CharStorage", DType::I8},  StorageClass{"ByteStorage", DType::U8},
                                     StorageClass{"BoolStorage", DType::Bool}};

std::optional<DType> typeOfClass(const Global& global) {
    if (global.module != "torch") return std::nullopt;
    const auto* found = std::ranges::find(kStorageClasses, global.name, &StorageClass::name);
    return found == kStorageClasses.end() ? std::nullopt : std::optional(found->type);
}

/// A tuple of whole numbers that are not negative.
std::optional<std::vector<std::int64_t>> extents(const Value* value) {
    const Tuple* tuple = value->as<Tuple>();
    if (!tuple || tuple->items.size() > kMostExtents) return std::nullopt;
    std::vector<std::int64_t> numbers;
    for (const Value* item : tuple->items) {
        const auto* number = item->as<std::int64_t>();
        if (!number || *number < 0) return std::nullopt;
        numbers.push_back(*number);
    }
    return numbers;
}

[[noreturn]] void refuse(const std::string& what, const std::string& name) {
    throw Failure(ErrorCode::Invalid, what, name, "the file is damaged; get it again");
}

/// The last element that shape and strides reach must lie inside the storage.
void checkReach(const PickledTensor& tensor, std::uint64_t elements, const std::string& name) {
    if (std::ranges::find(tensor.shape, 0) != tensor.shape.end()) return;
    std::uint64_t last = tensor.offset;
    for (std::size_t i = 0; i < tensor.shape.size(); ++i) {
        const std::uint64_t steps = static_cast<std::uint64_t>(tensor.shape[i]) - 1;
        last = checkedSum(last, checkedProduct(steps, static_cast<std::uint64_t>(tensor.strides[i]), name), name);
    }
    if (last >= elements) refuse("a tensor reaches past the end of its storage " + tensor.storage, name);
}

/// _rebuild_tensor_v2(storage, offset, size, stride, ...).
Value tensorFrom(const std::vector<Value*>& arguments, const std::string& name) {
    if (arguments.size() < 4) return {Opaque{}};
    const Storage* storage = arguments[0]->as<Storage>();
    if (!storage || !storage->type) return {Opaque{}};
    const auto* offset = arguments[1]->as<std::int64_t>();
    const auto shape = extents(arguments[2]), strides = extents(arguments[3]);
    if (!offset || *offset < 0 || !shape || !strides || shape->size() != strides->size()) refuse("a tensor has a size, stride or offset that makes no sense", name);
    PickledTensor tensor{*storage->type, storage->key, static_cast<std::uint64_t>(*offset), *shape, *strides};
    checkReach(tensor, storage->elements, name);
    return {std::move(tensor)};
}

}  // namespace

Value persistentValue(const Value& id) {
    const Tuple* parts = id.as<Tuple>();
    if (!parts || parts->items.size() < 5) return {Opaque{}};
    const auto *tag = parts->items[0]->as<std::string>(), *key = parts->items[2]->as<std::string>();
    const Global* kind = parts->items[1]->as<Global>();
    const auto* elements = parts->items[4]->as<std::int64_t>();
    if (!tag || *tag != "storage" || !kind || !key || key->size() > kLongestKey || !elements || *elements < 0) return {Opaque{}};
    return {Storage{typeOfClass(*kind), *key, static_cast<std::uint64_t>(*elements)}};
}

Value rebuilt(const Value& callable, const Value& arguments, const std::string& name) {
    const Global* function = callable.as<Global>();
    const Tuple* given = arguments.as<Tuple>();
    if (!function || !given) return {Opaque{}};
    const std::vector<Value*>& items = given->items;
    if (function->module == "torch._utils") {
        if (function->name == "_rebuild_tensor_v2" || function->name == "_rebuild_tensor") return tensorFrom(items, name);
        if ((function->name == "_rebuild_parameter" || function->name == "_rebuild_parameter_with_state") && !items.empty() && items[0]->as<PickledTensor>()) return *items[0];
    }
    // _rebuild_from_type_v2(function, type, arguments, state): a tensor subclass.
    if (function->is("torch._tensor", "_rebuild_from_type_v2") && items.size() >= 3) {
        const Global* inner = items[0]->as<Global>();
        if (inner && !inner->is("torch._tensor", "_rebuild_from_type_v2")) return rebuilt(*items[0], *items[2], name);
    }
    if (function->is("collections", "OrderedDict") || function->is("collections", "defaultdict")) return {Dict{}};
    return {Opaque{}};
}

}  // namespace tessera::pickle
