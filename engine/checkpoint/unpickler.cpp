// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/unpickler.h"

#include <algorithm>
#include <bit>
#include <cstdio>
#include <unordered_map>

#include <nlohmann/json.hpp>

#include "checkpoint/pickle_values.h"
#include "core/error.h"

namespace tessera {
namespace pickle {
namespace {

/// The opcodes of Python's pickletools that torch.save and what people store beside it use.
enum class Op : std::uint8_t {
    Mark = '(', Stop = '.', Pop = '0', PopMark = '1', Dup = '2', BinFloat = 'G', BinInt = 'J', BinInt1 = 'K', BinInt2 = 'M', None = 'N', BinPersId = 'Q',
    Reduce = 'R', BinString = 'T', ShortBinString = 'U', BinUnicode = 'X', EmptyList = ']', Append = 'a', Build = 'b', Global = 'c', EmptyDict = '}',
    Appends = 'e', BinGet = 'h', Inst = 'i', LongBinGet = 'j', List = 'l', Obj = 'o', BinPut = 'q', LongBinPut = 'r', SetItem = 's', Tuple = 't',
    EmptyTuple = ')', SetItems = 'u', Dict = 'd', BinBytes = 'B', ShortBinBytes = 'C',
    Proto = 0x80, NewObj = 0x81, Tuple1 = 0x85, Tuple2 = 0x86, Tuple3 = 0x87, NewTrue = 0x88, NewFalse = 0x89, Long1 = 0x8a, Long4 = 0x8b,
    ShortBinUnicode = 0x8c, BinUnicode8 = 0x8d, BinBytes8 = 0x8e, EmptySet = 0x8f, AddItems = 0x90, FrozenSet = 0x91, NewObjEx = 0x92,
    StackGlobal = 0x93, Memoize = 0x94, Frame = 0x95, ByteArray8 = 0x96,
};

constexpr std::size_t kMostOpcodes = 8'000'000;  // bounds the values, and so the memory, at some 500 MB

constexpr const char* kAction = "the file is damaged or was not made by torch.save: download or save it again";

class Machine {
public:
    Machine(std::span<const std::byte> stream, const std::string& name) : m_stream(stream), m_name(name) {}

    /// Runs the stream to its end and gives the object that it describes.
    Value* run() {
        for (std::size_t count = 0; count < kMostOpcodes; ++count) {
            const auto code = byte();
            if (static_cast<Op>(code) == Op::Stop) return pop();
            execute(code);
        }
        refuse("holds more objects than any checkpoint,");
    }

private:
    [[noreturn]] void refuse(const std::string& what) const {
        throw Failure(ErrorCode::Invalid, "its pickle " + what + " at byte " + std::to_string(m_at), m_name, kAction);
    }

    std::span<const std::byte> bytes(std::uint64_t count) {
        if (count > m_stream.size() - m_at) refuse("is cut off");
        const auto taken = m_stream.subspan(m_at, count);
        m_at += count;
        return taken;
    }
    std::uint8_t byte() { return std::to_integer<std::uint8_t>(bytes(1)[0]); }
    std::uint64_t number(std::size_t width) {
        std::uint64_t value = 0;
        const auto digits = bytes(width);
        for (std::size_t i = 0; i < width; ++i) value |= std::to_integer<std::uint64_t>(digits[i]) << (8 * i);
        return value;
    }
    std::string_view text(std::uint64_t length) {
        const auto taken = bytes(length);
        return {reinterpret_cast<const char*>(taken.data()), taken.size()};
    }
    std::string_view line() {
        const auto rest = m_stream.subspan(m_at);
        const auto end = std::ranges::find(rest, std::byte{'\n'});
        if (end == rest.end()) refuse("is cut off");
        const std::string_view taken = text(static_cast<std::uint64_t>(end - rest.begin()));
        ++m_at;
        return taken;
    }
    /// Two's complement of any width; what does not fit into 64 bits is no size of ours.
    Value longNumber(std::uint64_t width) {
        const auto digits = bytes(width);
        if (width > 8) return {Opaque{}};
        std::uint64_t value = width > 0 && (digits[width - 1] & std::byte{0x80}) != std::byte{0} ? ~std::uint64_t(0) : 0;
        for (std::size_t i = 0; i < width; ++i) {
            value &= ~(std::uint64_t(0xff) << (8 * i));
            value |= std::to_integer<std::uint64_t>(digits[i]) << (8 * i);
        }
        return {std::bit_cast<std::int64_t>(value)};
    }

    void push(Value value) { m_stack.push_back(&m_arena.values.emplace_back(std::move(value))); }
    Value* pop() {
        Value* taken = top();
        m_stack.pop_back();
        return taken;
    }
    Value* top() {
        if (m_stack.empty()) refuse("takes from an empty stack");
        if (m_stack.back()->as<Mark>()) refuse("takes a mark for a value");
        return m_stack.back();
    }
    std::vector<Value*> popToMark() {
        std::size_t at = m_stack.size();
        while (at > 0 && !m_stack[at - 1]->as<Mark>()) --at;
        if (at == 0) refuse("has no mark where it needs one");
        std::vector<Value*> items(m_stack.begin() + static_cast<std::ptrdiff_t>(at), m_stack.end());
        m_stack.resize(at - 1);
        return items;
    }
    std::vector<Value*> popSome(std::size_t count) {
        std::vector<Value*> items(count);
        while (count > 0) items[--count] = pop();
        return items;
    }
    void remember(std::uint64_t index) { m_memo[index] = top(); }
    void recall(std::uint64_t index) {
        const auto it = m_memo.find(index);
        if (it == m_memo.end()) refuse("asks for a value that it never stored");
        m_stack.push_back(it->second);
    }
    void append(Value* target, const std::vector<Value*>& items) {
        if (List* list = target->as<List>()) list->items.insert(list->items.end(), items.begin(), items.end());
    }
    void set(Value* target, const std::vector<Value*>& items) {
        if (items.size() % 2 != 0) refuse("has a key without a value");
        Dict* dict = target->as<Dict>();
        for (std::size_t i = 0; dict && i < items.size(); i += 2) dict->items.emplace_back(items[i], items[i + 1]);
    }

    void execute(std::uint8_t code);

    std::span<const std::byte> m_stream;
    const std::string& m_name;
    std::size_t m_at = 0;
    Arena m_arena;
    std::vector<Value*> m_stack;
    std::unordered_map<std::uint64_t, Value*> m_memo;
};

void Machine::execute(std::uint8_t code) {
    switch (static_cast<Op>(code)) {
    case Op::Proto:
        if (const auto version = byte(); version > 5) refuse("has protocol " + std::to_string(version) + ", which nobody writes,");
        return;
    case Op::Frame: bytes(8); return;
    case Op::Mark: return push({pickle::Mark{}});
    case Op::Pop:
        if (m_stack.empty()) refuse("takes from an empty stack");
        m_stack.pop_back();
        return;
    case Op::PopMark: popToMark(); return;
    case Op::Dup: m_stack.push_back(top()); return;
    case Op::None: return push({pickle::None{}});
    case Op::NewTrue: return push({true});
    case Op::NewFalse: return push({false});
    case Op::BinInt: return push({std::int64_t(static_cast<std::int32_t>(number(4)))});
    case Op::BinInt1: return push({std::int64_t(number(1))});
    case Op::BinInt2: return push({std::int64_t(number(2))});
    case Op::Long1: return push(longNumber(number(1)));
    case Op::Long4: return push(longNumber(number(4)));
    case Op::BinFloat: return push({std::bit_cast<double>(__builtin_bswap64(number(8)))});
    case Op::BinUnicode: return push({text(number(4))});
    case Op::ShortBinUnicode: return push({text(number(1))});
    case Op::BinUnicode8: return push({text(number(8))});
    case Op::BinString: return push({text(number(4))});
    case Op::ShortBinString: return push({text(number(1))});
    case Op::BinBytes:
        bytes(number(4));
        return push({Opaque{}});
    case Op::ShortBinBytes:
        bytes(number(1));
        return push({Opaque{}});
    case Op::BinBytes8:
    case Op::ByteArray8:
        bytes(number(8));
        return push({Opaque{}});
    case Op::EmptyList: return push({pickle::List{}});
    case Op::EmptyDict: return push({pickle::Dict{}});
    case Op::EmptyTuple: return push({pickle::Tuple{}});
    case Op::EmptySet: return push({Opaque{}});
    case Op::Tuple: return push({pickle::Tuple{popToMark()}});
    case Op::Tuple1: return push({pickle::Tuple{popSome(1)}});
    case Op::Tuple2: return push({pickle::Tuple{popSome(2)}});
    case Op::Tuple3: return push({pickle::Tuple{popSome(3)}});
    case Op::List: return push({pickle::List{popToMark()}});
    case Op::Dict: {
        const auto items = popToMark();
        push({pickle::Dict{}});
        return set(top(), items);
    }
    case Op::FrozenSet:
    case Op::Obj:
        popToMark();
        return push({Opaque{}});
    case Op::Append: {
        Value* const item = pop();
        return append(top(), {item});
    }
    case Op::Appends:
    case Op::AddItems: {
        const auto items = popToMark();
        return append(top(), items);
    }
    case Op::SetItem: {
        const auto items = popSome(2);
        return set(top(), items);
    }
    case Op::SetItems: {
        const auto items = popToMark();
        return set(top(), items);
    }
    case Op::BinPut: return remember(number(1));
    case Op::LongBinPut: return remember(number(4));
    case Op::Memoize: return remember(m_memo.size());
    case Op::BinGet: return recall(number(1));
    case Op::LongBinGet: return recall(number(4));
    case Op::Global: {
        const std::string_view module = line();
        return push({pickle::Global{module, line()}});
    }
    case Op::StackGlobal: {
        const auto parts = popSome(2);
        const auto *module = parts[0]->as<std::string_view>(), *name = parts[1]->as<std::string_view>();
        if (!module || !name) refuse("names a class with something that is no text");
        return push({pickle::Global{*module, *name}});
    }
    case Op::Inst:
        line();
        line();
        popToMark();
        return push({Opaque{}});
    case Op::BinPersId: return push(persistentValue(*pop()));
    case Op::Reduce: {
        const auto parts = popSome(2);
        return push(rebuilt(*parts[0], *parts[1], m_arena, m_name));
    }
    case Op::NewObj: {
        const auto parts = popSome(2);
        const pickle::Global* kind = parts[0]->as<pickle::Global>();
        if (kind && kind->is("collections", "OrderedDict")) return push({pickle::Dict{}});
        return push({Opaque{}});
    }
    case Op::NewObjEx:
        popSome(3);
        return push({Opaque{}});
    case Op::Build:  // the object's state: an OrderedDict's _metadata, attributes of objects that stay opaque
        pop();
        top();
        return;
    case Op::Stop: return;
    }
    char digits[8];
    std::snprintf(digits, sizeof digits, "0x%02x", code);
    refuse(std::string("holds opcode ") + digits + ", which torch.save does not write,");
}

/// A text, number, flag or None; a discarded value for anything else, and for texts that are no settings.
nlohmann::json plainValue(const Value& value) {
    constexpr std::size_t kLongestText = 4096;
    if (value.as<None>()) return nullptr;
    if (const auto* flag = value.as<bool>()) return *flag;
    if (const auto* whole = value.as<std::int64_t>()) return *whole;
    if (const auto* number = value.as<double>()) return *number;
    const auto* text = value.as<std::string_view>();
    return text && text->size() <= kLongestText ? nlohmann::json(std::string(*text)) : nlohmann::json(nlohmann::json::value_t::discarded);
}

/// Walks containers and names the tensors in them. Shared containers are walked once for each path to them, which a small stream can
/// drive beyond all bounds: tensors, steps and names are counted.
class Collector {
public:
    explicit Collector(const std::string& name) : m_name(name) {}

    Unpickled found;

    /// The top level: a state dict itself, or a dict of which each entry is a section.
    void collect(const Value& root) {
        if (root.tensor()) add("", "tensor", *root.tensor());
        addSettings("", root);
        children(root, [this](const std::string& key, const Value& value) {
            addSettings(key, value);
            if (value.tensor()) add("", key, *value.tensor());
            else children(value, [&](const std::string& inner, const Value& each) { walk(key, inner, each); });
        });
    }

private:
    static constexpr std::size_t kDeepest = 64, kLongestKey = 512, kMostSteps = 4'000'000, kMostTensors = 262'144, kMostSettings = 4096;

    void add(const std::string& section, const std::string& path, const PickledTensor& tensor) {
        if (++m_tensors > kMostTensors) refuse("holds more tensors than any checkpoint");
        found.tensors[section][path] = tensor;
    }

    /// The plain values right inside a dict; those of all sections together are few, or they are no settings.
    void addSettings(const std::string& section, const Value& value) {
        const Dict* dict = value.as<Dict>();
        if (!dict) return;
        nlohmann::json settings = nlohmann::json::object();
        for (const auto& [key, each] : dict->items) {
            if (m_settings == kMostSettings) break;
            const auto* name = key->as<std::string_view>();
            nlohmann::json plain = name && name->size() <= kLongestKey ? plainValue(*each) : nlohmann::json(nlohmann::json::value_t::discarded);
            if (plain.is_discarded()) continue;
            settings[std::string(*name)] = std::move(plain);
            ++m_settings;
        }
        // Texts in pickles need not be UTF-8.
        if (!settings.empty()) found.settings[section] = settings.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    }

    void walk(const std::string& section, const std::string& path, const Value& value) {
        if (value.tensor()) add(section, path, *value.tensor());
        else children(value, [&](const std::string& key, const Value& each) { walk(section, path + "." + key, each); });
    }

    template <typename Visit>
    void children(const Value& value, const Visit& visit) {
        const Dict* dict = value.as<Dict>();
        const std::vector<Value*>* items = value.as<List>() ? &value.as<List>()->items : value.as<Tuple>() ? &value.as<Tuple>()->items : nullptr;
        // A container inside itself names no new tensors.
        if ((!dict && !items) || std::ranges::find(m_open, &value) != m_open.end()) return;
        if (m_open.size() == kDeepest) refuse("nests its containers deeper than " + std::to_string(kDeepest) + " levels");
        m_open.push_back(&value);
        if (dict) {
            for (const auto& [key, each] : dict->items) step(*each, visit, [&, key = key] { return keyText(*key); });
        } else {
            for (std::size_t i = 0; i < items->size(); ++i) step(*(*items)[i], visit, [i] { return std::to_string(i); });
        }
        m_open.pop_back();
    }

    /// Only what may hold tensors needs its name.
    template <typename Visit, typename NameOf>
    void step(const Value& value, const Visit& visit, const NameOf& nameOf) {
        if (++m_steps > kMostSteps) refuse("holds more entries than any checkpoint");
        if (!value.tensor() && !value.as<Dict>() && !value.as<List>() && !value.as<Tuple>()) return;
        const std::string key = nameOf();
        if (!key.empty()) visit(key, value);
    }

    /// Nothing for a key under which no tensor can be asked for: a class, a number that is not whole, a whole document.
    static std::string keyText(const Value& key) {
        if (const auto* number = key.as<std::int64_t>()) return std::to_string(*number);
        const auto* text = key.as<std::string_view>();
        return text && text->size() <= kLongestKey ? std::string(*text) : std::string();
    }
    [[noreturn]] void refuse(const std::string& what) const { throw Failure(ErrorCode::Invalid, "its pickle " + what, m_name, kAction); }

    const std::string& m_name;
    std::vector<const Value*> m_open;
    std::size_t m_steps = 0, m_tensors = 0, m_settings = 0;
};

}  // namespace
}  // namespace pickle

Unpickled unpickle(std::span<const std::byte> pickle, const std::string& name) {
    pickle::Machine machine(pickle, name);
    const pickle::Value* root = machine.run();
    pickle::Collector collector(name);
    collector.collect(*root);
    return std::move(collector.found);
}

}  // namespace tessera
