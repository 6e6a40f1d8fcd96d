// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/unpickler.h"

#include <bit>
#include <cstdio>
#include <unordered_map>

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

constexpr std::size_t kLongestName = 1024;

class Machine {
public:
    Machine(std::span<const std::byte> stream, const std::string& name) : m_stream(stream), m_name(name) {}

    /// Runs the stream to its end and gives the object that it describes.
    Value* run() {
        while (true) {
            const auto code = byte();
            if (static_cast<Op>(code) == Op::Stop) return pop();
            execute(code);
        }
    }

private:
    [[noreturn]] void refuse(const std::string& what) const {
        throw Failure(ErrorCode::Invalid, "its pickle " + what + " at byte " + std::to_string(m_at), m_name, "the file is damaged or was not made by torch.save");
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
    std::string text(std::uint64_t length) {
        const auto taken = bytes(length);
        return {reinterpret_cast<const char*>(taken.data()), taken.size()};
    }
    std::string line() {
        std::size_t end = m_at;
        while (end < m_stream.size() && m_stream[end] != std::byte{'\n'}) ++end;
        if (end == m_stream.size()) refuse("is cut off");
        std::string taken = text(end - m_at);
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

    Value* make(Value value) { return &m_arena.emplace_back(std::move(value)); }
    void push(Value value) { m_stack.push_back(make(std::move(value))); }
    Value* pop() {
        if (m_stack.empty()) refuse("takes from an empty stack");
        Value* top = m_stack.back();
        m_stack.pop_back();
        if (top->as<Mark>()) refuse("takes a mark for a value");
        return top;
    }
    Value* top() {
        if (m_stack.empty()) refuse("takes from an empty stack");
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
        top();
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
        std::string module = line();
        return push({pickle::Global{std::move(module), line()}});
    }
    case Op::StackGlobal: {
        const auto parts = popSome(2);
        const auto *module = parts[0]->as<std::string>(), *name = parts[1]->as<std::string>();
        if (!module || !name || module->size() > kLongestName || name->size() > kLongestName) refuse("names a class with something that is no name");
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
        return push(rebuilt(*parts[0], *parts[1], m_name));
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

/// Walks containers and names the tensors in them.
class Collector {
public:
    explicit Collector(const std::string& name) : m_name(name) {}

    std::map<std::string, std::map<std::string, PickledTensor>> sections;

    /// The top level: a state dict itself, or a dict of which each entry is a section.
    void collect(const Value& root) {
        if (const auto* tensor = root.as<PickledTensor>()) sections[""]["tensor"] = *tensor;
        children(root, [this](const std::string& key, const Value& value) {
            if (const auto* tensor = value.as<PickledTensor>()) sections[""][key] = *tensor;
            else children(value, [&](const std::string& inner, const Value& each) { walk(key, inner, each, 0); });
        });
    }

private:
    static constexpr int kDeepest = 64;
    static constexpr std::uint64_t kMostVisits = 4'000'000;

    void walk(const std::string& section, const std::string& path, const Value& value, int depth) {
        if (const auto* tensor = value.as<PickledTensor>()) {
            sections[section][path] = *tensor;
            return;
        }
        if (depth > kDeepest) refuse("nests its containers too deeply, or inside themselves");
        children(value, [&](const std::string& key, const Value& each) { walk(section, path + "." + key, each, depth + 1); });
    }

    template <typename Visit>
    void children(const Value& value, const Visit& visit) {
        if (const Dict* dict = value.as<Dict>()) {
            for (const std::pair<Value*, Value*>& item : dict->items) {
                const Value& key = *item.first;
                count();
                if (const auto* text = key.as<std::string>()) visit(*text, *item.second);
                else if (const auto* number = key.as<std::int64_t>()) visit(std::to_string(*number), *item.second);
            }
        }
        const std::vector<Value*>* items = nullptr;
        if (const List* list = value.as<List>()) items = &list->items;
        if (const Tuple* tuple = value.as<Tuple>()) items = &tuple->items;
        for (std::size_t i = 0; items && i < items->size(); ++i) {
            count();
            visit(std::to_string(i), *(*items)[i]);
        }
    }
    void count() {
        if (++m_visits > kMostVisits) refuse("holds more entries than any checkpoint");
    }
    [[noreturn]] void refuse(const std::string& what) const {
        throw Failure(ErrorCode::Invalid, "its pickle " + what, m_name, "the file is damaged or was not made by torch.save");
    }

    const std::string& m_name;
    std::uint64_t m_visits = 0;
};

}  // namespace
}  // namespace pickle

std::map<std::string, std::map<std::string, PickledTensor>> unpickleTensors(std::span<const std::byte> pickle, const std::string& name) {
    pickle::Machine machine(pickle, name);
    const pickle::Value* root = machine.run();
    pickle::Collector collector(name);
    collector.collect(*root);
    return std::move(collector.sections);
}

}  // namespace tessera
