// SPDX-License-Identifier: GPL-3.0-or-later
#include "generate/drawing.h"

#include <algorithm>
#include <cstring>

namespace tessera::ui {

DrawingSettings followed(DrawingSettings settings, const ModelInfo& model) {
    const DrawingInfo& info = model.drawing;
    const DrawingSettings usual;
    if (info.by == DrawnBy::Tokens) settings.steps = settings.keptSteps = 0;
    else settings.course = usual.course;
    if (!info.guided) settings.guidance = 1;
    if (info.by == DrawnBy::Flow) {
        settings.temperature = usual.temperature;
        settings.topK = usual.topK;
        settings.topP = usual.topP;
    } else {
        settings.guidanceFrom = usual.guidanceFrom;
        settings.guidanceTo = usual.guidanceTo;
        settings.towards = usual.towards;
    }
    if (std::ranges::find(info.samplers, settings.sampler.toStdString()) == info.samplers.end()) settings.sampler.clear();
    if (info.by != DrawnBy::Masks) settings.schedule.clear();
    settings.weakGuide = settings.weakGuide && info.weakModel;
    if (!info.startsFromPictures) settings.start.reset();
    if (!settings.start) {
        settings.startTime = usual.startTime;
        settings.drawnAnew.clear();
    }
    settings.video = settings.video && info.frames > 0;
    return settings;
}

QString historyKey(const Drawing& drawing, int picture) {
    return QStringLiteral("%1/%2").arg(drawing.key).arg(drawing.keyIndex + picture);
}

GenerateRequest requestOf(const DrawingSettings& settings, ModelId model) {
    GenerateRequest request;
    request.model = model;
    request.prompt = settings.prompt.toStdString();
    request.video = settings.video;
    request.count = settings.count;
    request.seed = settings.seed;
    request.guidance = settings.guidance;
    request.temperature = settings.temperature;
    request.topK = settings.topK;
    request.topP = settings.topP;
    request.guidanceCourse = settings.course;
    request.steps = settings.steps;
    request.keptSteps = settings.keptSteps;
    request.sampler = settings.sampler.toStdString();
    request.schedule = settings.schedule.toStdString();
    request.guidanceFrom = settings.guidanceFrom;
    request.guidanceTo = settings.guidanceTo;
    request.weakGuide = settings.weakGuide;
    request.startTime = settings.startTime;
    request.drawnAnew = settings.drawnAnew;
    request.towardsSeed = settings.towardsSeed;
    request.towards = settings.towards;
    return request;
}

std::vector<std::int32_t> givenOfFork(const Generation& drawn, int picture, int token, int depth, std::int32_t code) {
    std::vector<std::int32_t> given = drawn.pictures[picture].codes;
    const auto at = static_cast<std::size_t>(token) * drawn.depths + depth;
    given[at] = code;
    std::fill(given.begin() + static_cast<std::ptrdiff_t>(at) + 1, given.end(), -1);
    return given;
}

std::vector<std::uint8_t> marksOf(const Generation& drawn, QRect part) {
    std::vector<std::uint8_t> marks;
    for (int row = 0; row < drawn.rows; ++row) {
        for (int column = 0; column < drawn.columns; ++column) marks.push_back(part.contains(column, row));
    }
    return marks;
}

std::vector<std::int32_t> givenOfRedraw(const Generation& drawn, int picture, QRect part) {
    std::vector<std::int32_t> given = drawn.pictures[picture].codes;
    part &= QRect(0, 0, drawn.columns, drawn.rows);
    for (int frame = 0; frame < drawn.frames; ++frame) {
        for (int row = part.top(); row <= part.bottom(); ++row) {
            const auto first = given.begin() + static_cast<std::ptrdiff_t>(drawn.at(frame, row, part.left(), 0));
            std::fill(first, first + static_cast<std::ptrdiff_t>(part.width()) * drawn.depths, -1);
        }
    }
    return given;
}

TensorMap frameAfter(const Generation& drawn, int picture, int frame, int tokens) {
    const std::vector<std::int32_t>& codes = drawn.pictures[picture].codes;
    const std::size_t begin = drawn.at(frame, 0, 0, 0), end = drawn.at(frame + 1, 0, 0, 0), there = static_cast<std::size_t>(tokens) * drawn.depths;
    std::vector<std::int64_t> values;
    values.reserve(end - begin);
    for (std::size_t i = begin; i < end; ++i) values.push_back(i < there ? codes[i] : -1);
    std::vector<std::byte> bytes(values.size() * sizeof(std::int64_t));
    std::memcpy(bytes.data(), values.data(), bytes.size());
    TensorMap tensors;
    tensors["codes"] = {.type = DType::I64, .shape = {1, drawn.rows, drawn.columns, drawn.depths}, .bytes = SharedBytes(std::move(bytes))};
    return tensors;
}

QString groupedNumber(quint64 number) {
    QString text = QString::number(number);
    for (qsizetype at = text.size() - 3; at > 0; at -= 3) text.insert(at, QChar(0x2009));
    return text;
}

}  // namespace tessera::ui
