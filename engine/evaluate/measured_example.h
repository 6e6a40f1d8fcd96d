// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tessera/evaluation.h>

namespace tessera::evaluation {

/// One of ModelInfo::capabilities.
bool can(const ModelInfo& model, std::string_view capability);

/// "psnr_depth_3", counted from 1; "psnr_strength_0.25".
std::string depthColumn(const char* measure, int depth);
std::string strengthColumn(const char* measure, double strength);

/// What is asked of every picture under one model: the tasks that it has the capabilities for.
struct Questions {
    ModelInfo model;
    EvaluationTasks tasks;
    ParameterSet preprocessing;
    std::vector<double> strengths;
    std::int64_t seed = 0;
    std::vector<std::string> names;  ///< to choose from: none twice, without line ends and '|'
    std::string promptTemplate;
};

/// The tasks that a model can be asked; a sentence in `notes` for every one that is wanted and cannot.
Questions questionsFor(const ModelInfo& model, const EvaluationRequest& request, const std::vector<std::string>& names, std::vector<std::string>& notes);

/// Answers that are still to come. Its observers share it: they may outlive the one who waits.
class Countdown {
public:
    void expect();
    void arrive();
    bool done() const;
    bool waitFor(std::chrono::milliseconds time);

private:
    mutable std::mutex m_mutex;
    std::condition_variable m_none;
    std::size_t m_open = 0;
};

/// Something that the engine is asked for. Dropping it cancels.
template <typename T>
struct Asked {
    std::shared_ptr<std::optional<Result<T>>> answer;  ///< there once the countdown is done
    Subscription subscription;
};

/// Of most pictures only the measures are wanted, and there may be many of them at a time: `keepsPixels` of one whose image is wanted, too.
Asked<Picture> askFor(Engine& engine, Query query, std::shared_ptr<Countdown> open, bool keepsPixels = false);

/// All that one model says of one picture.
struct Measured {
    EvaluationRow row;
    std::vector<std::int64_t> codes;  ///< (cells, depths)
    double positions = 0;             ///< of the latents
    std::vector<LatentUse> channels;
    std::vector<std::string> warnings;
};

/// One picture under one model: asks everything at once. Dropping it cancels.
class MeasuredExample {
public:
    /// `questions` outlives it. `name`: index of the picture's own name, if it has one among them.
    MeasuredExample(Engine& engine, SourceId source, const Questions& questions, std::optional<std::size_t> name, std::shared_ptr<Countdown> open);
    /// Once the countdown is done. `path` names the picture in a problem that names nothing.
    Measured measured(const std::string& path) const;

private:
    struct Part {
        std::string suffix;  ///< of its PSNR's and SSIM's columns
        Asked<Picture> picture;
    };

    Asked<Picture> ask(const std::string& lens, ParameterSet more, bool keepsPixels = false);
    Asked<TensorMap> askForTensors();
    void askForNames();
    std::optional<Error> problem() const;
    void addReconstruction(Measured& measured) const;
    void addTensors(Measured& measured) const;
    void addNames(Measured& measured) const;

    Engine& m_engine;
    CellRef m_cell;
    const Questions& m_questions;
    std::optional<std::size_t> m_name;
    std::shared_ptr<Countdown> m_open;
    Asked<Picture> m_input;
    std::optional<Asked<Picture>> m_reconstruction, m_allDepths, m_channels;
    std::optional<Asked<TensorMap>> m_tensors;
    std::vector<Part> m_parts;                ///< depths, then strengths
    std::vector<Asked<Picture>> m_namesAsked; ///< in the order of the names
};

}  // namespace tessera::evaluation
