// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/pickle_values.h"

#include <algorithm>
#include <array>

#include "checkpoint/file_words.h"
#include "core/error.h"

namespace tessera::pickle {
namespace {

// Bounds on what is copied, so that a short stream that repeats itself cannot fill the memory.
constexpr std::size_t kMostExtents = 64, kLongestKey = 256, kMostTensors = 262'144, kMostPairs = 1'000'000;

struct StorageClass {
    std::string_view name;
    DType type;
};
constexpr std::array kStorageClasses{StorageClass{"FloatStorage", DType::F32},
                                     StorageClass{"HalfStorage", DType::F16},
                                     StorageClass{"BFloat16Storage", DType::BF16},
                                     StorageClass{"DoubleStorage", DType::F64},
                                     StorageClass{"LongStorage", DType::I64},
                                     StorageClass{"IntStorage", DType::I32},
                                     StorageClass{"ShortStorage", DType::I16},
                                     StorageClass{"CharStorage", DType::I8},
                                     StorageClass{"ByteStorage", DType::U8},
                                     StorageClass{"BoolStorage", DType::Bool}};

std::optional<DType> typeOfClass(const Global& global) {
    if (global.module != "torch") return std::nullopt;
    const auto* found = std::ranges::find(kStorageClasses, global.name, &StorageClass::name);
    return found == kStorageClasses.end() ? std::nullopt : std::optional(found->type);
}

/// A tuple of whole numbers that are not negative.
std::optional<std::vector<std::int64_t>> extents(const Value& value) {
    const Tuple* tuple = value.as<Tuple>();
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
    throw Failure(ErrorCode::Invalid, what, name, "the file is damaged or was not made by torch.save: download or save it again");
}

/// Elements from the storage's start to behind the last one that shape and strides reach.
std::uint64_t reachOf(const PickledTensor& tensor, const std::string& name) {
    if (std::ranges::find(tensor.shape, 0) != tensor.shape.end()) return 0;
    std::uint64_t last = tensor.offset;
    for (std::size_t i = 0; i < tensor.shape.size(); ++i) {
        const auto steps = static_cast<std::uint64_t>(tensor.shape[i]) - 1;
        last = checkedSum(last, checkedProduct(steps, static_cast<std::uint64_t>(tensor.strides[i]), name), name);
    }
    return checkedSum(last, 1, name);
}

/// _rebuild_tensor_v2(storage, offset, size, stride, ...).
Value tensorFrom(const std::vector<Value*>& arguments, std::string_view function, Arena& arena, const std::string& name) {
    const auto refuseCall = [&](const std::string& what) { refuse("its pickle calls torch._utils." + std::string(function) + " " + what, name); };
    if (arguments.size() < 4) refuseCall("with " + counted(arguments.size(), "argument"));
    const Storage* storage = arguments[0]->as<Storage>();
    if (!storage) refuseCall("without a storage");
    if (!storage->type) return {Opaque{}};
    const auto* offset = arguments[1]->as<std::int64_t>();
    auto shape = extents(*arguments[2]), strides = extents(*arguments[3]);
    if (!offset || *offset < 0 || !shape || !strides || shape->size() != strides->size()) refuseCall("with sizes, strides or an offset that make no sense");
    if (arena.tensors.size() == kMostTensors) refuse("its pickle holds more than " + counted(kMostTensors, "tensor"), name);
    PickledTensor& tensor = arena.tensors.emplace_back();
    tensor.type = *storage->type;
    tensor.storage = storage->key;
    tensor.storageElements = storage->elements;
    tensor.offset = static_cast<std::uint64_t>(*offset);
    tensor.shape = std::move(*shape);
    tensor.strides = std::move(*strides);
    tensor.reach = reachOf(tensor, name);
    if (tensor.reach > storage->elements) {
        refuse("a tensor of shape " + shown(tensor.shape) + " reaches past the end of its storage " + shown(tensor.storage) + " of " +
                   counted(storage->elements, "element"),
               name);
    }
    return {&tensor};
}

/// OrderedDict() or OrderedDict([[key, value], ...]), as Python 2 wrote it.
Value dictFrom(const std::vector<Value*>& arguments, Arena& arena, const std::string& name) {
    Dict dict;
    const List* pairs = arguments.size() == 1 ? arguments[0]->as<List>() : nullptr;
    if (!pairs) return {std::move(dict)};
    arena.copiedPairs += pairs->items.size();
    if (arena.copiedPairs > kMostPairs) refuse("its pickle holds more entries than any checkpoint", name);
    for (const Value* item : pairs->items) {
        const auto* list = item->as<List>();
        const auto* tuple = item->as<Tuple>();
        const std::vector<Value*>* pair = list ? &list->items : tuple ? &tuple->items : nullptr;
        if (pair && pair->size() == 2) dict.items.emplace_back((*pair)[0], (*pair)[1]);
    }
    return {std::move(dict)};
}

}  // namespace

Value persistentValue(const Value& id) {
    const Tuple* parts = id.as<Tuple>();
    if (!parts || parts->items.size() < 5) return {Opaque{}};
    const auto *tag = parts->items[0]->as<std::string_view>(), *key = parts->items[2]->as<std::string_view>();
    const Global* kind = parts->items[1]->as<Global>();
    const auto* elements = parts->items[4]->as<std::int64_t>();
    if (!tag || *tag != "storage" || !kind || !key || key->size() > kLongestKey || !elements || *elements < 0) return {Opaque{}};
    return {Storage{typeOfClass(*kind), *key, static_cast<std::uint64_t>(*elements)}};
}

Value rebuilt(const Value& callable, const Value& arguments, Arena& arena, const std::string& name) {
    const Global* function = callable.as<Global>();
    const Tuple* given = arguments.as<Tuple>();
    if (!function || !given) return {Opaque{}};
    const std::vector<Value*>& items = given->items;
    if (function->module == "torch._utils") {
        if (function->name == "_rebuild_tensor_v2" || function->name == "_rebuild_tensor") return tensorFrom(items, function->name, arena, name);
        const bool parameter = function->name == "_rebuild_parameter" || function->name == "_rebuild_parameter_with_state";
        if (parameter && !items.empty() && items[0]->tensor()) return {items[0]->tensor()};
    }
    // _rebuild_from_type_v2(function, type, arguments, state): a tensor subclass.
    if (function->is("torch._tensor", "_rebuild_from_type_v2") && items.size() >= 3) {
        const Global* inner = items[0]->as<Global>();
        if (inner && inner->module == "torch._utils") return rebuilt(*items[0], *items[2], arena, name);
    }
    if (function->is("collections", "OrderedDict")) return dictFrom(items, arena, name);
    if (function->is("collections", "defaultdict")) return {Dict{}};
    return {Opaque{}};
}

}  // namespace tessera::pickle
