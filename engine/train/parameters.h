// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <ATen/ATen.h>

#include "families/model_family.h"
#include "layers/weights.h"

namespace tessera::train {

/// The tensors of a model in training, by the names that recipes use: a component's prefix and the name in its file, "encoder.visual.conv1.weight".
class Parameters {
public:
    /// Takes over what a file holds, widened to float32; whole numbers stay as they are. Nothing is trained until train() says so. `where`: the file, for messages.
    void add(const std::string& prefix, const StoredTensors& tensors, std::string where, at::Device device = at::kCPU);

    /// Takes over a tensor that training alone needs: checkpoints keep it, models do not.
    at::Tensor keep(const std::string& name, at::Tensor tensor);

    /// What `prefix` begins is measured rather than learnt: models get it as it is then, not as it was in the file.
    void measure(const std::string& prefix) { m_components.at(prefix).measured = true; }

    /// These are changed by training from now on, all others are not. Throws Failure(Mismatch) for a name that no file has.
    void train(const std::vector<std::string>& names);
    const std::vector<std::string>& trained() const { return m_trained; }

    /// A component's tensors under the names of its file. Networks are made of them anew for every pass: layers keep what they derive from weights.
    Weights weights(const std::string& prefix, Placement placement) const;
    /// Throws Failure(Mismatch) where there is none.
    const at::Tensor& at(std::string_view name) const;
    bool holds(std::string_view name) const { return m_all.contains(name); }
    const TensorsByName& all() const { return m_all; }
    void forgetGradients();

    struct Component {
        std::string where;      ///< the file that the tensors came from
        TensorsByName tensors;  ///< by their names in it
        bool measured = false;
    };
    const std::map<std::string, Component>& components() const { return m_components; }

private:
    TensorsByName m_all;
    std::map<std::string, Component> m_components;  ///< by prefix
    std::vector<std::string> m_trained;
};

/// What is decayed: tensors of two or more dimensions, but no embeddings and no position, class, mask or query tokens. Spec: engine/train/training.md, section 2.
bool isDecayed(std::string_view name, const at::Tensor& tensor);

}  // namespace tessera::train
