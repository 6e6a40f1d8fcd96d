// SPDX-License-Identifier: Apache-2.0
#include "layers/weights.h"

#include <algorithm>
#include <set>

#include "core/error.h"
#include "core/mapped_file.h"
#include "device/torch_bridge.h"

namespace tessera {
namespace {

constexpr std::size_t kNamedPerKind = 5;
/// Bytes of a tensor that is read for NaN and infinity only when it is used: billions of parameters are opened in a moment.
constexpr std::size_t kReadWhenUsed = std::size_t(24) << 20;

/// "a, b, c, d, e and 12 more".
std::string listed(const std::vector<std::string>& items) {
    std::string text;
    for (std::size_t i = 0; i < std::min(items.size(), kNamedPerKind); ++i) text += (i ? ", " : "") + items[i];
    if (items.size() > kNamedPerKind) text += " and " + std::to_string(items.size() - kNamedPerKind) + " more";
    return text;
}

std::string counted(std::size_t count, const std::string& what) {
    return std::to_string(count) + " " + what + (count == 1 ? " tensor" : " tensors");
}

/// Exponent bits all set means NaN or infinity.
template <typename Bits>
bool finiteBits(const Bits* values, std::int64_t count, Bits exponent) {
    constexpr std::int64_t kBlock = 1 << 14;
    for (std::int64_t at = 0; at < count; at += kBlock) {
        const std::int64_t end = std::min(count, at + kBlock);
        unsigned bad = 0;
        for (std::int64_t i = at; i < end; ++i) bad |= (values[i] & exponent) == exponent;
        if (bad) return false;
    }
    return true;
}

bool readWhenUsed(const StoredTensor& tensor) { return static_cast<std::size_t>(tensor.elements()) * byteSize(tensor.type) > kReadWhenUsed; }

[[noreturn]] void refuseBroken(const std::vector<std::string>& names, const std::string& where) {
    throw Failure(ErrorCode::Invalid, counted(names.size(), "weight") + " with NaN or infinity in it (" + listed(names) + ")", where, "download the checkpoint again");
}

/// A mapped file's pages count as this process's memory once they were read; what is not needed again need not.
void forget(const StoredTensor& tensor) {
    if (tensor.contiguous() && tensor.elements() > 0) releasePages({tensor.data, static_cast<std::size_t>(tensor.elements()) * byteSize(tensor.type)});
}

}  // namespace

struct Weights::Ledger {
    const StoredTensors* tensors = nullptr;
    std::string where;
    std::optional<Placement> placement;  ///< none: checking
    std::set<std::string, std::less<>> taken;
    std::vector<std::string> missing, misshapen, broken;
    std::int64_t parameters = 0;
    // In training: the tensors themselves, and what they would be in a file.
    const std::map<std::string, at::Tensor, std::less<>>* live = nullptr;
    StoredTensors shapes;
    bool notes = false;  ///< over no tensors: `shapes` are those that were asked for
};

Weights Weights::check(const StoredTensors& tensors, std::string where) {
    auto ledger = std::make_shared<Ledger>();
    ledger->tensors = &tensors;
    ledger->where = std::move(where);
    return Weights(std::move(ledger), {});
}

Weights Weights::load(const StoredTensors& tensors, std::string where, Placement placement) {
    TESSERA_ASSERT(placement.precision != Precision::Auto);
    Weights weights = check(tensors, std::move(where));
    weights.m_ledger->placement = placement;
    return weights;
}

Weights Weights::inTraining(const std::map<std::string, at::Tensor, std::less<>>& tensors, std::string where, Placement placement) {
    TESSERA_ASSERT(placement.precision != Precision::Auto);
    auto ledger = std::make_shared<Ledger>();
    for (const auto& [name, tensor] : tensors) ledger->shapes[name] = StoredTensor{.type = dtypeOf(tensor.scalar_type()), .shape = tensor.sizes().vec()};
    ledger->tensors = &ledger->shapes;
    ledger->live = &tensors;
    ledger->where = std::move(where);
    ledger->placement = placement;
    return Weights(std::move(ledger), {});
}

Weights Weights::wanted() {
    auto ledger = std::make_shared<Ledger>();
    ledger->tensors = &ledger->shapes;
    ledger->notes = true;
    return Weights(std::move(ledger), {});
}

std::map<std::string, std::vector<std::int64_t>> Weights::wantedShapes() const {
    std::map<std::string, std::vector<std::int64_t>> shapes;
    for (const auto& [name, tensor] : m_ledger->shapes) shapes[name] = tensor.shape;
    return shapes;
}

Weights Weights::operator/(std::string_view name) const { return Weights(m_ledger, m_prefix + std::string(name) + "."); }

Weights Weights::either(std::initializer_list<std::string_view> names) const {
    for (const std::string_view name : names) {
        if (holds(name)) return *this / name;
    }
    return *this / *names.begin();
}

bool Weights::holds(std::string_view name) const {
    const std::string full = m_prefix + std::string(name);
    if (m_ledger->tensors->contains(full)) return true;
    const auto next = m_ledger->tensors->lower_bound(full + ".");
    return next != m_ledger->tensors->end() && next->first.starts_with(full + ".");
}

std::optional<std::vector<std::int64_t>> Weights::shapeOf(std::string_view name) const {
    const auto it = m_ledger->tensors->find(m_prefix + std::string(name));
    if (it == m_ledger->tensors->end()) return std::nullopt;
    return it->second.shape;
}

at::Tensor Weights::take(std::string_view name, std::vector<std::int64_t> shape, const std::vector<std::int64_t>& otherShape) const {
    return takeAs(at::kFloat, name, std::move(shape), otherShape);
}

at::Tensor Weights::takeAs(at::ScalarType type, std::string_view name, std::vector<std::int64_t> shape, const std::vector<std::int64_t>& otherShape) const {
    const std::string full = m_prefix + std::string(name);
    m_ledger->taken.insert(full);
    const auto it = m_ledger->tensors->find(full);
    std::int64_t elements = 1;
    for (const std::int64_t side : shape) elements *= side;
    m_ledger->parameters += elements;
    if (m_ledger->notes) {
        m_ledger->shapes[full] = StoredTensor{.type = DType::F32, .shape = std::move(shape)};
        return {};
    }

    const StoredTensor* stored = it == m_ledger->tensors->end() ? nullptr : &it->second;
    if (!stored) {
        m_ledger->missing.push_back(full + " " + textOfShape(shape));
    } else if (stored->shape != shape && (otherShape.empty() || stored->shape != otherShape)) {
        m_ledger->misshapen.push_back(full + " is " + textOfShape(stored->shape) + " instead of " + textOfShape(shape));
        stored = nullptr;
    } else if (stored->type != DType::F32 && stored->type != DType::F16 && stored->type != DType::BF16 && stored->type != DType::F64) {
        m_ledger->misshapen.push_back(full + " holds " + std::string(nameOf(stored->type)) + " instead of floating-point numbers");
        stored = nullptr;
    }
    if (checking()) {
        if (!stored || readWhenUsed(*stored)) return {};
        const bool finite = storedFinite(*stored);
        checkUnchanged(stored->data);
        if (!finite) m_ledger->broken.push_back(full);
        forget(*stored);
        return {};
    }
    const auto options = at::TensorOptions().dtype(type).device(placement().device);
    if (!stored) return at::zeros(shape, options);
    if (training()) return m_ledger->live->find(full)->second.reshape(shape);
    if (readWhenUsed(*stored) && !storedFinite(*stored)) refuseBroken({full}, m_ledger->where);
    const at::Tensor shared = tensorFromStored(*stored);
    at::Tensor own = at::empty(shape, options);
    own.copy_(shared.reshape(shape));
    checkUnchanged(stored->data);
    forget(*stored);
    return own;
}

bool Weights::checking() const { return !m_ledger->placement; }

bool Weights::training() const { return m_ledger->live != nullptr; }

const Placement& Weights::placement() const {
    TESSERA_ASSERT(m_ledger->placement.has_value());
    return *m_ledger->placement;
}

std::int64_t Weights::parameters() const { return m_ledger->parameters; }

std::vector<std::string> Weights::finish(const std::vector<std::string>& ignorable) const {
    std::vector<std::string> ignored, unexpected;
    for (const auto& [name, tensor] : *m_ledger->tensors) {
        if (m_ledger->taken.contains(name)) continue;
        const bool known = std::ranges::any_of(ignorable, [&](const std::string& pattern) { return matchesPattern(name, pattern); });
        (known ? ignored : unexpected).push_back(name);
    }
    std::string problems;
    const auto add = [&](const std::vector<std::string>& items, const std::string& what) {
        if (items.empty()) return;
        problems += (problems.empty() ? "" : "; ") + counted(items.size(), what) + " (" + listed(items) + ")";
    };
    add(m_ledger->missing, "missing");
    add(unexpected, "unexpected");
    add(m_ledger->misshapen, "misshapen");
    if (!problems.empty()) {
        throw Failure(ErrorCode::Mismatch, "the checkpoint does not fit its model: " + problems, m_ledger->where,
                      "check that the download is complete and that its config belongs to it");
    }
    if (!m_ledger->broken.empty()) refuseBroken(m_ledger->broken, m_ledger->where);
    return ignored;
}

std::string textOfShape(const std::vector<std::int64_t>& shape) {
    std::string text = "[";
    for (std::size_t i = 0; i < shape.size(); ++i) text += (i ? ", " : "") + std::to_string(shape[i]);
    return text + "]";
}

bool matchesPattern(std::string_view name, std::string_view pattern) {
    const std::size_t star = pattern.find('*');
    if (star == std::string_view::npos) return name == pattern;
    if (!name.starts_with(pattern.substr(0, star))) return false;
    const std::string_view rest = pattern.substr(star + 1);
    for (std::size_t at = star; at <= name.size(); ++at) {
        if (matchesPattern(name.substr(at), rest)) return true;
    }
    return false;
}

bool storedFinite(const StoredTensor& tensor) {
    const bool plain = !tensor.byteSwapped && tensor.contiguous() && reinterpret_cast<std::uintptr_t>(tensor.data) % byteSize(tensor.type) == 0;
    const HostTensor copy = plain ? HostTensor{} : tensor.toHost();
    const std::byte* data = plain ? tensor.data : copy.bytes.data();
    const std::int64_t count = tensor.elements();
    if (count == 0) return true;
    const auto finite = [&]<typename Bits>(Bits exponent) {
        const auto* values = reinterpret_cast<const Bits*>(data);
        return finiteBits<Bits>(values, count, exponent);
    };
    switch (tensor.type) {
        case DType::F16: return finite(std::uint16_t{0x7c00});
        case DType::BF16: return finite(std::uint16_t{0x7f80});
        case DType::F32: return finite(std::uint32_t{0x7f800000});
        case DType::F64: return finite(std::uint64_t{0x7ff0000000000000});
        default: return true;
    }
}

}  // namespace tessera
