// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <tessera/engine.h>

#include "checkpoint/checkpoint.h"
#include "families/model_family.h"

namespace tessera {

/// A model that is open in this engine.
struct OpenModel {
    ModelInfo info;
    Precision precision = Precision::Fp32;        ///< resolved, never Auto
    Precision encodePrecision = Precision::Fp32;  ///< the encoder's: fp32 if codes are searched and no precision was asked for
    bool int8Weights = false;                     ///< of its language model
    bool recorded = false;                        ///< computes nothing: its family names what stands in place of a precision
    std::shared_ptr<const Model> model;
    std::shared_ptr<const Checkpoint> checkpoint;  ///< whose mapped files the model takes its weights from
};

/// Finds checkpoints by name or path and keeps those that are open. Thread-safe.
class ModelStore {
public:
    explicit ModelStore(std::filesystem::path resources) : m_resources(std::move(resources)) {}

    /// Folders below resources/models that hold a checkpoint.
    std::vector<ModelEntry> embedded() const;
    /// The embedded ones, then those in the person's model folders, by their paths in them, then those in the hub cache, by their ids.
    std::vector<ModelEntry> list() const;
    /// The path behind a name of the list, any other path, or "ORG/NAME@REVISION". Throws Failure(NotFound) that says what can be given.
    std::filesystem::path pathOf(const std::string& reference) const;

    /// Opens, or finds the one that is open already with the same weights and precision, unless its files were changed under it.
    /// `asked`: somebody chose that precision. Throws Failure(Unsupported) for int8 weights of a model without a language model that has them.
    OpenModel open(const std::string& reference, Precision precision, bool asked, bool int8Weights, const std::string& device);
    void close(ModelId model);
    /// Throws Failure(NotFound) for a model that is not open.
    OpenModel get(ModelId model) const;

private:
    std::filesystem::path m_resources;
    mutable std::mutex m_mutex;
    std::uint64_t m_next = 1;
    std::map<ModelId, OpenModel> m_models;
};

/// "fp32", "bf16", "fp16".
std::string nameOf(Precision precision);

}  // namespace tessera
