// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage/measure_words.h"

#include <algorithm>
#include <numeric>

#include <QCoreApplication>

#include <tessera/code_colour.h>

#include "panels/stage/number_words.h"
#include "panels/stage/picture_look.h"

namespace tessera::ui {
namespace {

QString tr(const char* text) {
    return QCoreApplication::translate("MeasureWords", text);
}

std::vector<Word> number(const Measure& measure) {
    std::vector<Word> words;
    if (measure.unit == Unit::None) {
        words = {{measureTitle(measure.name), Word::Role::Second}, {measureNumber(measure), Word::Role::Value}};
    } else {
        words = {{measureNumber(measure), Word::Role::Value}, {unitWords(measure.unit), Word::Role::Second}};
    }
    return words;
}

Word percentOf(const Measure& share) {
    return {share.value ? tr("%1 %").arg(fixedNumber(*share.value * 100, 0)) : QStringLiteral("–"), Word::Role::Value};
}

void differenceCaption(const Picture& picture, const std::string& kind, CellFace& face) {
    if (kind == "flip") {
        face.caption.left = {{tr("mean"), Word::Role::Second}};
        if (const Measure* flip = picture.measure("flip")) face.caption.numbers = {{{measureNumber(*flip), Word::Role::Value}}};
        return;
    }
    if (kind == "ssim") {
        if (const Measure* similarity = picture.measure("ssim")) face.caption.numbers = {number(*similarity)};
        return;
    }
    // Signed and squared pictures show the same error another way: its size stays what it is.
    face.caption.left = {{kind == "absolute" ? tr("mean / max") : tr("mean / max, absolute"), Word::Role::Second}};
    for (const char* name : {"mean_error", "max_error"}) {
        if (const Measure* measure = picture.measure(name)) face.caption.numbers.push_back({{measureNumber(*measure), Word::Role::Value}});
    }
}

/// Which colour stands for which prompt, and their shares, the largest first: of the tokens that are most like it, or its probability. False: the picture shows
/// something else.
bool promptsCaption(const Picture& picture, CellFace& face) {
    const auto add = [&](std::size_t prompt, const std::string& name, const Measure& share) {
        const auto [r, g, b] = colourOfCode(static_cast<std::int64_t>(prompt));
        face.caption.numbers.push_back({{QString::fromStdString(name), Word::Role::Second, qRgb(r, g, b)}, percentOf(share)});
    };
    const auto ordered = [](std::size_t count, const auto& share) {
        std::vector<std::size_t> order(count);
        std::iota(order.begin(), order.end(), std::size_t(0));
        std::ranges::stable_sort(order, std::greater<>(), share);
        return order;
    };
    const std::vector<std::string>& names = picture.readings.names;
    const auto tokens = [&](std::size_t prompt) { return picture.measure("share: " + names[prompt]); };
    if (!names.empty() && tokens(0)) {
        for (const std::size_t prompt : ordered(names.size(), [&](std::size_t each) { return tokens(each) ? tokens(each)->value.value_or(0) : 0; })) {
            if (const Measure* share = tokens(prompt)) add(prompt, names[prompt], *share);
        }
        return true;
    }
    constexpr std::string_view kProbability = "probability: ";
    std::vector<const Measure*> probabilities;  // in the order in which the prompts were typed
    for (const Measure& measure : picture.measures) {
        if (measure.name.starts_with(kProbability)) probabilities.push_back(&measure);
    }
    for (const std::size_t prompt : ordered(probabilities.size(), [&](std::size_t each) { return probabilities[each]->value.value_or(0); })) {
        add(prompt, probabilities[prompt]->name.substr(kProbability.size()), *probabilities[prompt]);
    }
    return !probabilities.empty();
}

/// The cell's own measures first, then those that another cell of the row worked out for the same pair of pictures.
std::vector<Measure> allMeasures(const CellFacts& facts) {
    std::vector<Measure> all;
    const auto addFrom = [&](const Cell& cell) {
        if (!cell.picture || cell.outdated) return;
        for (const Measure& measure : cell.picture->measures) {
            const auto same = std::ranges::find(all, measure.name, &Measure::name);
            if (same == all.end()) {
                all.push_back(measure);
            } else if (!same->value && measure.value) {
                *same = measure;
            }
        }
    };
    if (facts.isSource()) return all;
    addFrom(facts.cell());
    const std::string& lens = facts.columns[facts.column].lens;
    // Reconstruction and difference speak of the same pair of pictures.
    const auto isPair = [](const std::string& name) { return name == "reconstruction" || name == "difference"; };
    if (facts.cell().outdated || !isPair(lens)) return all;
    const Column& own = facts.columns[facts.column];
    for (std::size_t i = 0; i < facts.cells.size(); ++i) {
        const Column& other = facts.columns[i];
        const bool samePair = isPair(other.lens) && other.model == own.model && other.with == own.with;
        if (samePair) addFrom(*facts.cells[i]);
    }
    return all;
}

QString measureRow(const Measure& measure) {
    QString value = measureNumber(measure);
    if (measure.value && measure.unit != Unit::None) value += u' ' + unitWords(measure.unit);
    return QStringLiteral("<tr><td>%1</td><td align='right'>&nbsp;&nbsp;<b>%2</b></td><td>&nbsp;&nbsp;%3</td></tr>")
        .arg(measureTitle(measure.name).toHtmlEscaped(), value.toHtmlEscaped(), QString::fromStdString(measure.detail).toHtmlEscaped());
}

void writeCaption(const CellFacts& facts, CellFace& face) {
    const Picture& picture = *facts.cell().picture;
    const Column& column = facts.columns[facts.column];
    if (const auto kind = differenceKindOf(column)) {
        differenceCaption(picture, *kind, face);
        return;
    }
    if (promptsCaption(picture, face)) return;
    if (column.lens == "input") face.caption.left = {{tr("reference"), Word::Role::Second}};
    if (picture.mapping == FieldMapping::Scalar && picture.measure("min") && picture.measure("max")) {
        face.caption.left = {{tr("%1 to %2").arg(measureNumber(*picture.measure("min")), measureNumber(*picture.measure("max"))), Word::Role::Second}};
        face.caption.whole = true;  // half a number is another one
    }
    // A file of tokens has no picture that what it decodes to could be held against.
    if (const Measure* psnr = picture.measure("psnr"); psnr && !psnr->value) {
        face.caption.left = {{tr("nothing to compare with"), Word::Role::Second}};
        return;
    }
    for (const char* name : {"psnr", "ssim", "similarity"}) {
        if (const Measure* measure = picture.measure(name)) face.caption.numbers.push_back(number(*measure));
    }
    // Of noise on a model with codes.
    if (const Measure* flipped = picture.measure("flipped")) face.caption.numbers.push_back({{measureTitle(flipped->name), Word::Role::Second}, percentOf(*flipped)});
}

}  // namespace

QString regionWords(const Picture& picture) {
    const Picture::Region& region = picture.region;
    if (region.width <= 0 || picture.sourceWidth <= 0) return {};
    if (region.width >= picture.sourceWidth && region.height >= picture.sourceHeight) {
        return tr("All of %1 × %2 px").arg(picture.sourceWidth).arg(picture.sourceHeight);
    }
    return tr("%1 × %2 px from %3, %4 of %5 × %6 px")
        .arg(region.width, 0, 'f', 0)
        .arg(region.height, 0, 'f', 0)
        .arg(region.x, 0, 'f', 0)
        .arg(region.y, 0, 'f', 0)
        .arg(picture.sourceWidth)
        .arg(picture.sourceHeight);
}

void captionOf(const CellFacts& facts, CellFace& face) {
    if (!facts.cell().picture) return;
    writeCaption(facts, face);
    // Numbers of codes that a person changed are not the model's own.
    if (!facts.cell().edited) return;
    if (face.caption.whole) face.caption.left.clear();
    face.caption.whole = false;
    face.caption.left.insert(face.caption.left.begin(), {tr("edited"), Word::Role::Strong});
}

QString measureToolTip(const CellFacts& facts) {
    const Picture& picture = *facts.cell().picture;
    QString text;
    for (const Measure& measure : allMeasures(facts)) text += measureRow(measure);
    if (!text.isEmpty()) text = QStringLiteral("<table cellspacing='0' cellpadding='1'>%1</table>").arg(text);
    QStringList lines;
    QString size = QString::fromStdString(picture.summary);
    if (!picture.precision.empty()) size += QStringLiteral(", ") + QString::fromStdString(picture.precision);
    if (facts.cell().edited) lines << tr("From tokens that were edited, not from those that the model found");
    lines << size << regionWords(picture);
    for (const Note& note : picture.notes) lines << QString::fromStdString(note.text);
    lines.removeAll(QString());
    for (QString& line : lines) line = line.toHtmlEscaped();
    if (!text.isEmpty() && !lines.isEmpty()) text += QStringLiteral("<br>");
    return text + lines.join(QStringLiteral("<br>"));
}

}  // namespace tessera::ui
