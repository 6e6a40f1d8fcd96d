// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <map>

#include <nlohmann/json.hpp>
#include <tessera/files.h>

#include "command.h"

namespace tessera::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
    std::vector<std::string> images;
    std::string model;
    DescribeRequest request;
    PreprocessingOptions preprocessing;
    bool together = false;
};

/// Writes a text as it grows; what is not the longer form of what stands there begins a new line.
class Stream {
public:
    void show(const std::string& text) {
        if (!text.starts_with(m_shown)) {
            std::printf("\n");
            m_shown.clear();
        }
        std::fwrite(text.data() + m_shown.size(), 1, text.size() - m_shown.size(), stdout);
        std::fflush(stdout);
        m_shown = text;
    }

private:
    std::string m_shown;
};

/// What is put into words at once: a picture, several, or the frames of a clip.
struct Subject {
    struct Frame {
        std::string file;
        int frame = 0;
    };
    std::string name;
    std::vector<Frame> frames;
};

/// So many frames of `all`, evenly spread from the first to the last.
std::vector<int> spread(int all, int count) {
    std::vector<int> frames;
    for (int i = 0; i < count; ++i) {
        // Halves go to the even number.
        frames.push_back(count > 1 ? static_cast<int>(std::nearbyint(static_cast<double>(i) * (all - 1) / (count - 1))) : 0);
    }
    return frames;
}

/// Of a folder, in the order of their names.
std::vector<Subject::Frame> framesOfFolder(const std::string& folder, int count) {
    std::vector<std::string> files;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder, error)) {
        if (entry.is_regular_file(error) && !entry.path().filename().string().starts_with('.')) files.push_back(entry.path().string());
    }
    if (files.empty()) throw CommandError{Error{ErrorCode::NotFound, "the folder has no frames", folder, "give one with a clip's frames as pictures"}};
    std::ranges::sort(files);
    std::vector<Subject::Frame> frames;
    for (const int at : spread(static_cast<int>(files.size()), count)) frames.push_back({files[static_cast<std::size_t>(at)], 0});
    return frames;
}

/// Of a clip's file; a picture is one frame. A GIF or WebP that moves is a picture, too, to a model that takes no clips.
std::vector<Subject::Frame> framesOfFile(Context& context, const std::string& file, const ModelInfo& model) {
    if (!namesClip(file)) return {{file, 0}};
    const SourceId source = context.engine().addSource({.path = file});
    const Result<SourceInfo> info = await<SourceInfo>([&](auto observer) { return context.engine().describeSource(source, std::move(observer)); }, "opening " + file);
    context.engine().removeSource(source);
    // What is wrong with it is said where it is described, beside the others.
    if (!info || info.value().frames == 1) return {{file, 0}};
    if (model.clipFrames == 0 && info.value().format != "GIF" && info.value().format != "WebP") {
        throw CommandError{Error{ErrorCode::Unsupported, "this model takes no clips", file, "give pictures, or choose a model that does: a whole VILA-U"}};
    }
    std::vector<Subject::Frame> frames;
    for (const int at : spread(info.value().frames, std::max(1, model.clipFrames))) frames.push_back({file, at});
    return frames;
}

std::vector<Subject> subjectsOf(Context& context, const Options& options, const ModelInfo& model) {
    std::vector<Subject> subjects;
    for (const std::string& image : options.images) {
        std::error_code ignored;
        const bool clip = fs::is_directory(image, ignored);
        if (clip && model.clipFrames == 0) throw CommandError{Error{ErrorCode::Unsupported, "this model takes no clips", image, "give pictures, or choose a model that does: a whole VILA-U"}};
        subjects.push_back({image, clip ? framesOfFolder(image, model.clipFrames) : framesOfFile(context, image, model)});
    }
    if (!options.together) return subjects;
    Subject all;
    for (const Subject& each : subjects) {
        all.name += (all.name.empty() ? "" : ", ") + each.name;
        all.frames.insert(all.frames.end(), each.frames.begin(), each.frames.end());
    }
    return {all};
}

void run(Context& context, const Options& options) {
    const ModelInfo model = context.openModel(options.model);
    const std::vector<Subject> subjects = subjectsOf(context, options, model);
    nlohmann::json report = nlohmann::json::array();
    const bool streams = !context.json && isatty(STDOUT_FILENO);
    for (const Subject& subject : subjects) {
        DescribeRequest request = options.request;
        std::map<std::string, SourceId> sources;  // a clip's file once
        for (const Subject::Frame& each : subject.frames) {
            if (!sources.contains(each.file)) sources[each.file] = context.engine().addSource({.path = each.file});
            request.others.push_back({.source = sources[each.file], .model = model.id, .frame = each.frame});
        }
        request.cell = request.others.front();
        request.others.erase(request.others.begin());
        request.parameters = options.preprocessing.parameters();
        const bool named = subjects.size() > 1;
        if (streams && named) std::printf("%s: ", subject.name.c_str());
        auto stream = std::make_shared<Stream>();
        const Result<Description> result = await<Description>(
            [&](Observer<Description> observer) {
                if (streams) {
                    observer.onPartial = [stream](const Description& so) { stream->show(so.text); };
                    observer.onProgress = {};  // the text itself shows how it goes
                }
                return context.engine().describe(request, Priority::Batch, std::move(observer));
            },
            "describing " + subject.name);
        for (const auto& [file, source] : sources) context.engine().removeSource(source);
        if (!result) {
            Error failure = result.error();
            if (result.cancelled()) throw CommandError{failure};
            // One bad picture does not stop the others.
            if (failure.where.empty()) failure.where = subject.name;
            if (streams && named) std::printf("\n");
            std::fprintf(stderr, "tessera: %s\n", toLine(failure).c_str());
            if (context.json) report.push_back({{"image", subject.name}, {"error", toLine(failure)}});
            context.exitCode = 1;
            continue;
        }
        const Description& said = result.value();
        if (streams) {
            stream->show(said.text);
            std::printf("\n");
        } else if (!context.json) {
            std::printf("%s%s\n", named ? (subject.name + ": ").c_str() : "", said.text.c_str());
        }
        report.push_back({{"image", subject.name}, {"model", model.name}, {"text", said.text}, {"tokens", said.tokens}, {"finished", said.finished}, {"seconds", said.seconds},
                          {"tokens_per_second", said.seconds > 0 ? said.tokens / said.seconds : 0.0}});
        if (subject.frames.size() > 1) {
            for (const Subject::Frame& each : subject.frames) {
                report.back()["files"].push_back(each.file);
                if (sources.size() == 1) report.back()["frames"].push_back(each.frame + 1);
            }
        }
    }
    if (context.json) printJson(report);
}

}  // namespace

void addDescribe(CLI::App& app, Context& context) {
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("describe", "Pictures in words: a caption, or the answer to a question");
    command->add_option("images", options->images, "Image files; where the model takes clips, their files (MP4, WebM, AVI, GIF, WebP) and folders of their frames too")->required();
    command->add_option("--model", options->model, "A model that describes: LLaVA, a whole VILA-U, or an OpenVision 3 with a text decoder")->required();
    command->add_flag("--together", options->together, "One question about all of them, where the model can");
    command->add_option("--prompt", options->request.question, "What to ask; without it, a caption");
    command->add_option("--max-tokens", options->request.maxTokens, "Most tokens of an answer")->capture_default_str()->check(CLI::Range(1, 4096));
    command->add_option("--temperature", options->request.temperature, "0: always the likeliest token; above: drawn")->capture_default_str()->check(CLI::Range(0.0, 100.0));
    command->add_option("--top-p", options->request.topP, "Draw among the likeliest tokens that have this probability together")->capture_default_str()->check(CLI::Range(0.0, 1.0));
    command->add_option("--seed", options->request.seed, "Of the draws")->capture_default_str();
    options->preprocessing.addTo(*command);
    command->callback([options, &context] { run(context, *options); });
}

}  // namespace tessera::cli
