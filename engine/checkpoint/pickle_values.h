// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "checkpoint/unpickler.h"

namespace tessera::pickle {

struct Value;

struct None {};
struct Mark {};
/// An object of which only the existence is known.
struct Opaque {};
struct Global {
    std::string_view module, name;  ///< both lie in the stream
    bool is(std::string_view wantedModule, std::string_view wantedName) const { return module == wantedModule && name == wantedName; }
};
struct List {
    std::vector<Value*> items;
};
struct Tuple {
    std::vector<Value*> items;
};
struct Dict {
    std::vector<std::pair<Value*, Value*>> items;  ///< in order of insertion; a later key goes before an earlier one
};
/// A torch storage that a persistent id names; without a type if it is one that Tessera does not read.
struct Storage {
    std::optional<DType> type;
    std::string_view key;
    std::uint64_t elements = 0;
};

struct Value {
    std::variant<None, Mark, Opaque, bool, std::int64_t, double, std::string_view, Global, List, Tuple, Dict, Storage, const PickledTensor*> is;
    template <typename T>
    const T* as() const {
        return std::get_if<T>(&is);
    }
    template <typename T>
    T* as() {
        return std::get_if<T>(&is);
    }
    const PickledTensor* tensor() const { return as<const PickledTensor*>() ? *as<const PickledTensor*>() : nullptr; }
};

/// Owns every value of one stream, so that cycles cost nothing.
struct Arena {
    std::deque<Value> values;
    std::deque<PickledTensor> tensors;
    std::size_t copiedPairs = 0;
};

/// The storage behind a persistent id ("storage", class, key, device, elements); Opaque for anything else.
Value persistentValue(const Value& id);
/// What calling `callable` on `arguments` would give, for those few callables that make tensors and containers; Opaque for all others.
/// Throws Failure(Invalid) for a tensor that contradicts its storage.
Value rebuilt(const Value& callable, const Value& arguments, Arena& arena, const std::string& name);

}  // namespace tessera::pickle
