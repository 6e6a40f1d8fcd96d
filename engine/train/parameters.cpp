// SPDX-License-Identifier: Apache-2.0
#include "train/parameters.h"

#include <algorithm>
#include <array>

#include "core/error.h"
#include "device/torch_bridge.h"

namespace tessera::train {

void Parameters::add(const std::string& prefix, const StoredTensors& tensors, std::string where, at::Device device) {
    Component& component = m_components[prefix];
    component.where = std::move(where);
    for (const auto& [name, stored] : tensors) {
        const at::Tensor shared = tensorFromStored(stored);
        const at::Tensor own = (shared.is_floating_point() ? shared.to(at::kFloat) : shared).to(device).clone(at::MemoryFormat::Contiguous);
        component.tensors[name] = own;
        m_all[prefix + name] = own;
    }
}

at::Tensor Parameters::keep(const std::string& name, at::Tensor tensor) { return m_all[name] = std::move(tensor); }

void Parameters::train(const std::vector<std::string>& names) {
    for (auto& [name, tensor] : m_all) {
        if (tensor.requires_grad()) tensor.requires_grad_(false);
    }
    m_trained = names;
    std::ranges::sort(m_trained);
    for (const std::string& name : m_trained) at(name).requires_grad_(true);
}

Weights Parameters::weights(const std::string& prefix, Placement placement) const {
    const auto component = m_components.find(prefix);
    TESSERA_ASSERT(component != m_components.end());
    return Weights::inTraining(component->second.tensors, component->second.where, placement);
}

const at::Tensor& Parameters::at(std::string_view name) const {
    const auto found = m_all.find(name);
    if (found == m_all.end()) throw Failure(ErrorCode::Mismatch, "no file of this model has the tensor " + std::string(name), "training", "check that the recipe belongs to the model");
    return found->second;
}

void Parameters::forgetGradients() {
    for (const std::string& name : m_trained) at(name).mutable_grad().reset();
}

bool isDecayed(std::string_view name, const at::Tensor& tensor) {
    constexpr std::array<std::string_view, 11> kSpared{"class_embedding", "positional_embedding", "pos_embed", "pos_emb_d", "probe", "mask_token", "cls_token",
                                                       "token_embedding.weight", "position_embedding.weight", "embed_tokens.weight", "embedding_table.weight"};
    return tensor.dim() >= 2 && std::ranges::none_of(kSpared, [name](std::string_view end) { return name.ends_with(end); });
}

}  // namespace tessera::train
