// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <cstdio>

#include <nlohmann/json.hpp>

#include "command.h"

namespace tessera::cli {
namespace {

struct Options {
    std::vector<std::string> images;
    std::string model;
    DescribeRequest request;
    PreprocessingOptions preprocessing;
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

void run(Context& context, const Options& options) {
    const ModelInfo model = context.openModel(options.model);
    nlohmann::json report = nlohmann::json::array();
    const bool streams = !context.json && isatty(STDOUT_FILENO);
    for (const std::string& image : options.images) {
        DescribeRequest request = options.request;
        request.cell = {.source = context.engine().addSource({.path = image}), .model = model.id};
        request.parameters = options.preprocessing.parameters();
        const bool named = options.images.size() > 1;
        if (streams && named) std::printf("%s: ", image.c_str());
        auto stream = std::make_shared<Stream>();
        const Result<Description> result = await<Description>(
            [&](Observer<Description> observer) {
                if (streams) {
                    observer.onPartial = [stream](const Description& so) { stream->show(so.text); };
                    observer.onProgress = {};  // the text itself shows how it goes
                }
                return context.engine().describe(request, Priority::Batch, std::move(observer));
            },
            "describing " + image);
        context.engine().removeSource(request.cell.source);
        if (!result) {
            Error failure = result.error();
            if (result.cancelled()) throw CommandError{failure};
            // One bad picture does not stop the others.
            if (failure.where.empty()) failure.where = image;
            if (streams && named) std::printf("\n");
            std::fprintf(stderr, "tessera: %s\n", toLine(failure).c_str());
            if (context.json) report.push_back({{"image", image}, {"error", toLine(failure)}});
            context.exitCode = 1;
            continue;
        }
        const Description& said = result.value();
        if (streams) {
            stream->show(said.text);
            std::printf("\n");
        } else if (!context.json) {
            std::printf("%s%s\n", named ? (image + ": ").c_str() : "", said.text.c_str());
        }
        report.push_back({{"image", image}, {"model", model.name}, {"text", said.text}, {"tokens", said.tokens}, {"finished", said.finished}, {"seconds", said.seconds},
                          {"tokens_per_second", said.seconds > 0 ? said.tokens / said.seconds : 0.0}});
    }
    if (context.json) printJson(report);
}

}  // namespace

void addDescribe(CLI::App& app, Context& context) {
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("describe", "Pictures in words: a caption, or the answer to a question");
    command->add_option("images", options->images, "Image files")->required();
    command->add_option("--model", options->model, "A model that describes: LLaVA, or an OpenVision 3 with a text decoder")->required();
    command->add_option("--prompt", options->request.question, "What to ask; without it, a caption");
    command->add_option("--max-tokens", options->request.maxTokens, "Most tokens of an answer")->capture_default_str()->check(CLI::Range(1, 4096));
    command->add_option("--temperature", options->request.temperature, "0: always the likeliest token; above: drawn")->capture_default_str()->check(CLI::Range(0.0, 100.0));
    command->add_option("--top-p", options->request.topP, "Draw among the likeliest tokens that have this probability together")->capture_default_str()->check(CLI::Range(0.0, 1.0));
    command->add_option("--seed", options->request.seed, "Of the draws")->capture_default_str();
    options->preprocessing.addTo(*command);
    command->callback([options, &context] { run(context, *options); });
}

}  // namespace tessera::cli
