// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include <nlohmann/json.hpp>
#include <tessera/files.h>
#include <tessera/model_reference.h>

#include "command.h"

namespace tessera::cli {
namespace {

struct Options {
    std::vector<std::string> images, models;
    std::string out;
    std::int64_t neighbours = 10;
    PreprocessingOptions preprocessing;
};

/// Sums over the pictures that could be compared.
struct Pair {
    double cka = 0, shared = 0;
    int pictures = 0;

    double mean(double sum) const { return pictures > 0 ? sum / pictures : std::numeric_limits<double>::quiet_NaN(); }
};

class Agreement {
public:
    Agreement(Context& context, const Options& options) : m_context(context), m_options(options) {}

    void run() {
        openModels();
        for (std::size_t a = 0; a < m_models.size(); ++a) {
            for (std::size_t b = a + 1; b < m_models.size(); ++b) m_pairs.push_back(pairOf(m_models[a], m_models[b]));
        }
        const bool none = std::ranges::all_of(m_pairs, [](const Pair& pair) { return pair.pictures == 0; });
        if (!m_options.out.empty() && !none) {
            if (auto failure = writeTextFile(m_options.out, csv())) throw CommandError{*failure};
        }
        if (m_context.json) printJson(document());
        else if (!none) print();
    }

private:
    void openModels() {
        std::vector<std::string> references;
        for (const std::string& list : m_options.models) {
            for (std::string& text : splitModelList(list)) references.push_back(std::move(text));
        }
        if (references.size() < 2) throw CommandError{Error{ErrorCode::Invalid, "agreement is between two models at least", "--models", "name several, separated by commas"}, 2};
        for (const std::string& reference : references) m_models.push_back(m_context.openModel(reference));
    }

    Pair pairOf(const ModelInfo& own, const ModelInfo& other) {
        Pair pair;
        for (const std::string& image : m_options.images) {
            const SourceId source = m_context.engine().addSource({.path = image});
            Query query{.lens = "encoder_agreement", .cell = {.source = source, .model = own.id}, .parameters = m_options.preprocessing.parameters()};
            query.parameters["neighbours"] = m_options.neighbours;
            query.others.push_back({.source = source, .model = other.id});
            const Result<Picture> result = await<Picture>([&](auto observer) { return m_context.engine().request(query, Priority::Batch, std::move(observer)); }, image);
            m_context.engine().removeSource(source);
            if (result.cancelled()) throw CommandError{result.error()};
            if (result) {
                const auto value = [&](const char* name) { return result.value().measure(name)->value.value_or(std::numeric_limits<double>::quiet_NaN()); };
                pair.cka += value("cka");
                pair.shared += value("mutual_neighbours");
                ++pair.pictures;
                for (const Note& note : result.value().notes) addNote(own.name + " and " + other.name + ": " + note.text);
                continue;
            }
            // One bad picture does not stop the others; it is told once, not for every pair.
            Error failure = result.error();
            if (failure.where.empty()) failure.where = image;
            const std::string line = toLine(failure);
            if (std::ranges::find(m_failures, line) == m_failures.end()) {
                std::fprintf(stderr, "tessera: %s\n", line.c_str());
                m_failures.push_back(line);
            }
            m_context.exitCode = 1;
        }
        return pair;
    }

    void addNote(const std::string& note) {
        if (std::ranges::find(m_notes, note) == m_notes.end()) m_notes.push_back(note);
    }

    const Pair& pair(std::size_t a, std::size_t b) const {
        const auto [low, high] = std::minmax(a, b);
        return m_pairs[low * m_models.size() - low * (low + 1) / 2 + high - low - 1];
    }

    std::string csv() const {
        std::string text = "model,other,cka,mutual_neighbours,pictures\r\n";
        char numbers[80];
        for (std::size_t a = 0; a < m_models.size(); ++a) {
            for (std::size_t b = a + 1; b < m_models.size(); ++b) {
                const Pair& each = pair(a, b);
                std::snprintf(numbers, sizeof numbers, ",%.9g,%.9g,%d\r\n", each.mean(each.cka), each.mean(each.shared), each.pictures);
                text += csvField(m_models[a].name) + ',' + csvField(m_models[b].name) + numbers;
            }
        }
        return text;
    }

    nlohmann::json document() const {
        nlohmann::json report{{"models", nlohmann::json::array()}, {"pairs", nlohmann::json::array()}, {"neighbours", m_options.neighbours}, {"notes", m_notes}};
        for (const ModelInfo& model : m_models) report["models"].push_back(model.name);
        const auto number = [](double value) { return std::isfinite(value) ? nlohmann::json(value) : nlohmann::json(); };
        for (std::size_t a = 0; a < m_models.size(); ++a) {
            for (std::size_t b = a + 1; b < m_models.size(); ++b) {
                const Pair& each = pair(a, b);
                report["pairs"].push_back({{"models", {a, b}}, {"cka", number(each.mean(each.cka))}, {"mutual_neighbours", number(each.mean(each.shared))}, {"pictures", each.pictures}});
            }
        }
        return report;
    }

    void print() const {
        std::size_t widest = 16;
        for (const ModelInfo& model : m_models) widest = std::max(widest, model.name.size());
        const int width = static_cast<int>(widest);
        std::printf("%-*s", width, "CKA \\ neighbours");
        for (const ModelInfo& model : m_models) std::printf("  %*s", std::max(6, static_cast<int>(model.name.size())), model.name.c_str());
        std::printf("\n");
        for (std::size_t a = 0; a < m_models.size(); ++a) {
            std::printf("%-*s", width, m_models[a].name.c_str());
            for (std::size_t b = 0; b < m_models.size(); ++b) {
                const int column = std::max(6, static_cast<int>(m_models[b].name.size()));
                if (a == b) std::printf("  %*s", column, "-");
                else std::printf("  %*.3f", column, a < b ? pair(a, b).mean(pair(a, b).cka) : pair(a, b).mean(pair(a, b).shared));
            }
            std::printf("\n");
        }
        for (const std::string& note : m_notes) std::printf("%s\n", note.c_str());
        if (!m_options.out.empty()) std::printf("%s\n", m_options.out.c_str());
    }

    Context& m_context;
    const Options& m_options;
    std::vector<ModelInfo> m_models;
    std::vector<Pair> m_pairs;  ///< the upper triangle, row by row
    std::vector<std::string> m_notes, m_failures;
};

}  // namespace

void addAgreement(CLI::App& app, Context& context) {
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("agreement", "How far encoders see pictures alike: linear CKA (above the diagonal) and mutual nearest neighbours (below), for every two models, the mean over all pictures");
    command->add_option("images", options->images, "Image files")->required();
    command->add_option("--models", options->models, "MODEL[@fp32|@bf16|@fp16|@auto],...")->required()->expected(1)->take_all();
    command->add_option("--neighbours", options->neighbours, "How many nearest tokens are compared")->capture_default_str()->check(CLI::Range(1, 256));
    command->add_option("--out", options->out, "CSV to write, a line for every two models");
    options->preprocessing.addTo(*command);
    command->callback([options, &context] { Agreement(context, *options).run(); });
}

}  // namespace tessera::cli
