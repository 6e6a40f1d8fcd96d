// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstring>

#include "bridge/code_readers.h"
#include "bridge/token_reader.h"
#include "widgets/bridge/board_fixture.h"

namespace tessera::test {

inline constexpr int kRows = 2, kColumns = 3, kDepths = 2, kCodes = 6, kDim = 2;

/// A board whose model has codes: 2 x 3 cells of 8 pixels, two depths of six codewords of two numbers.
class CodesFixture : public BoardFixture {
protected:
    CodesFixture() {
        engine->offered.push_back({.name = "depth", .help = {}, .needs = {"encode", "quantize", "decode"}, .parameters = {{.name = "depth", .initial = std::int64_t(64), .low = std::int64_t(1), .high = std::int64_t(64)}}});
        tokens.emplace(session, host, *board);
        readers.emplace(session, host, *board, *tokens);
    }
    ~CodesFixture() override {
        readers.reset();
        tokens.reset();
    }

    static CodeLayout layout() { return {.kind = CodeLayout::Kind::Residual, .codebookSizes = {kCodes, kCodes}, .codewordDim = kDim, .pixelsPerCell = 8}; }

    void startWith(const CodeLayout& codes, std::vector<std::string> capabilities = {"encode", "quantize", "decode"}, int inputSide = 0) {
        host.adopt(engine);
        ModelInfo info{.id = ModelId{1}, .name = "mini", .family = "fake", .device = "nowhere", .precision = "fp32"};
        info.inputSide = inputSide;
        info.codes = codes;
        info.capabilities = std::move(capabilities);
        engine->opened.back()->answer(info);
        runQueued();
    }
    void startWithCodes() { startWith(layout()); }

    /// Codes as given, cell by cell and depth by depth; a token's length is 5, of which 3 and 1 are left.
    static TokenGrid gridOf(std::vector<std::int32_t> codes) {
        TokenGrid grid{.layout = layout(), .rows = kRows, .columns = kColumns};
        const std::size_t cells = kRows * kColumns;
        grid.found = codes;
        grid.codes = std::move(codes);
        grid.norm.assign(cells, 5);
        for (std::size_t cell = 0; cell < cells; ++cell) {
            for (const float left : {3.0F, 1.0F}) grid.residual.push_back(left);
            for (const float length : {4.0F, 2.5F}) grid.codeNorm.push_back(length);
            for (const float distance : {3.0F, 1.0F}) grid.nearest.push_back(distance);
            for (const float distance : {3.25F, 1.5F}) grid.second.push_back(distance);
            for (const std::int32_t code : {4, 5}) grid.secondCode.push_back(code);
        }
        grid.sourceWidth = kColumns * 8;
        grid.sourceHeight = kRows * 8;
        grid.region = {0, 0, kColumns * 8.0, kRows * 8.0};
        return grid;
    }
    /// Depth 1: code 2 four times, 0 and 1 once; depth 2: all of them 3.
    static TokenGrid usualGrid() { return gridOf({2, 3, 2, 3, 0, 3, 1, 3, 2, 3, 2, 3}); }

    /// Answers all questions for the tokens of that file, that are open, with that grid.
    void giveTokens(const std::string& path, const TokenGrid& grid) {
        for (const auto& job : engine->tokenGrids) {
            if (!job->answered && engine->pathOf(job->subject.source) == path) job->answer(grid);
        }
        runQueued();
    }
    int tokensWaiting(Priority priority) const {
        return static_cast<int>(std::ranges::count_if(engine->tokenGrids, [&](const auto& job) { return !job->answered && job->priority == priority; }));
    }
    /// Codewords on a line: code k of depth d lies at (k * (d + 1), 0).
    static TensorMap booksOnALine() {
        TensorMap books;
        for (int depth = 0; depth < kDepths; ++depth) {
            std::vector<float> values;
            for (int code = 0; code < kCodes; ++code) values.insert(values.end(), {float(code * (depth + 1)), 0.0F});
            std::vector<std::byte> bytes(values.size() * sizeof(float));
            std::memcpy(bytes.data(), values.data(), bytes.size());
            books["codebook." + std::to_string(depth)] = {.type = DType::F32, .shape = {kCodes, kDim}, .bytes = SharedBytes(std::move(bytes))};
        }
        return books;
    }
    void giveBooks() {
        ASSERT_FALSE(engine->books.empty()) << "nobody asked for the codebooks";
        engine->books.back()->answer(booksOnALine());
        runQueued();
    }
    /// Answers every decode that waits with grey pictures: each as bright as ten times its code.
    void giveDecoded() {
        for (std::size_t i = 0; i < engine->decoded.size(); ++i) {
            const auto job = engine->decoded[i];
            if (job->answered) continue;
            std::vector<Picture> pictures;
            const HostTensor& codes = job->subject.at("codes");
            for (std::int64_t sample = 0; sample < codes.shape[0]; ++sample) {
                const auto* values = reinterpret_cast<const std::int64_t*>(codes.bytes.data()) + sample * codes.shape[1] * codes.shape[2] * codes.shape[3];
                std::int64_t code = -1;
                for (std::int64_t depth = 0; depth < codes.shape[3]; ++depth) code = std::max(code, values[depth]);
                pictures.push_back(fakePicture(static_cast<int>(8 * codes.shape[2]), static_cast<int>(8 * codes.shape[1]), static_cast<std::uint8_t>(10 * code)));
            }
            job->answer(std::move(pictures));
            runQueued();
        }
    }
    /// Answers what waits of lens `depth`: more decibels with every depth.
    void giveDepths(double firstPsnr = 20) {
        for (const auto& job : std::deque(engine->pictures)) {
            if (job->answered || job->subject.lens != "depth") continue;
            const auto depth = std::get<std::int64_t>(job->subject.parameters.at("depth"));
            Picture picture = fakePicture(kColumns * 8, kRows * 8, static_cast<std::uint8_t>(40 * depth));
            picture.measures = {{"psnr", firstPsnr + 3.0 * double(depth), Unit::Decibels, {}}, {"rate", 0.04 * double(depth), Unit::BitsPerPixel, {}}};
            job->answer(std::move(picture));
        }
        runQueued();
    }
    void look(ui::TokenPlace cursor, int depth = 0, std::vector<ui::TokenPlace> chosen = {}) {
        ui::ViewState view = session.view();
        view.tokens = {.rows = kRows, .columns = kColumns, .cursor = cursor, .depth = depth, .chosen = std::move(chosen)};
        session.setView(view);
        runQueued();
    }

    std::optional<ui::TokenReader> tokens;
    std::optional<ui::CodeReaders> readers;
};

}  // namespace tessera::test
