// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/probe_model.h"

#include <algorithm>
#include <cmath>

#include "panels/stage/number_words.h"

namespace tessera::ui {
namespace {

constexpr int kFieldDecimals = 3, kColourDecimals = 0, kCopiedDecimals = 5;

QString dash() {
    return QStringLiteral("–");
}

QString readingWords(float reading) {
    return fixedNumber(reading, std::floor(reading) == reading ? 0 : kFieldDecimals);
}

QString mappingWords(FieldMapping mapping) {
    switch (mapping) {
        case FieldMapping::Absolute: return ProbeModel::tr("mean of the channels' absolute values");
        case FieldMapping::Signed: return ProbeModel::tr("mean of the channels");
        case FieldMapping::Squared: return ProbeModel::tr("mean of the channels' squares");
        case FieldMapping::Flip: return ProbeModel::tr("FLIP error, 0 to 1");
        case FieldMapping::Ssim: return ProbeModel::tr("1 − SSIM, 0 where both are equal");
        case FieldMapping::Scalar: return ProbeModel::tr("the number that the colour stands for");
        case FieldMapping::Colour: return ProbeModel::tr("sRGB, 0 to 255");
    }
    return {};
}

}  // namespace

ProbeModel::ProbeModel(QObject* parent) : QAbstractTableModel(parent) {}

std::vector<int> ProbeModel::linesOf(const std::optional<StageProbe>& probe) const {
    std::vector<int> lines;
    QString model;
    for (int i = 0; probe && i < static_cast<int>(probe->values.size()); ++i) {
        const QString& owner = probe->values[i].model;
        if (!owner.isEmpty() && (i == 0 || owner != model)) lines.push_back(-1);
        model = owner;
        lines.push_back(i);
    }
    return lines;
}

void ProbeModel::setProbe(std::optional<StageProbe> probe) {
    if (probe == m_probe) return;
    std::vector<int> lines = linesOf(probe);
    const bool reset = lines != m_lines;
    if (reset) beginResetModel();
    m_probe = std::move(probe);
    m_lines = std::move(lines);
    if (reset) return endResetModel();
    // The pointer moves often: views keep their selection and widths.
    if (rowCount() > 0) Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, SectionCount - 1));
}

int ProbeModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_lines.size());
}

int ProbeModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : SectionCount;
}

QString ProbeModel::numberAt(const StageProbe::Value& value, int section) const {
    if (!value.present) return dash();
    const auto shown = static_cast<std::size_t>(value.shown);
    if (shown < value.readings.size()) return section == ValueSection ? readingWords(value.readings[shown]) : dash();
    const bool colour = value.mapping == FieldMapping::Colour;
    if (section == ValueSection) return value.value && !colour ? fixedNumber(*value.value, kFieldDecimals) : dash();
    const std::size_t channel = section - RedSection;
    // One channel is grey in a picture; in a field it is the value itself.
    if (value.samples.size() == 1) return colour ? fixedNumber(value.samples[0] * 255.0, kColourDecimals) : dash();
    if (channel >= value.samples.size()) return dash();
    return colour ? fixedNumber(value.samples[channel] * 255.0, kColourDecimals) : fixedNumber(value.samples[channel], kFieldDecimals);
}

/// "depth 1: 942, depth 2: 17".
QString ProbeModel::readingsOf(const StageProbe::Value& value) {
    QStringList parts;
    for (std::size_t plane = 0; plane < value.readings.size(); ++plane) parts << tr("%1: %2").arg(value.readingNames[qsizetype(plane)], readingWords(value.readings[plane]));
    return parts.join(QStringLiteral(", "));
}

QVariant ProbeModel::modelData(int row, int section, int role) const {
    const QString& model = m_probe->values[m_lines[row + 1]].model;
    switch (role) {
        case Qt::DisplayRole: return section == LensSection ? model : QString();
        case Qt::AccessibleTextRole: return section == LensSection ? tr("model %1").arg(model) : QString();
        case Qt::ToolTipRole: return model;
        case Qt::TextAlignmentRole: return int(Qt::AlignLeft | Qt::AlignVCenter);
        case ModelRole: return true;
        default: return {};
    }
}

QVariant ProbeModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const int section = index.column();
    if (isModelLine(index.row())) return modelData(index.row(), section, role);
    const StageProbe::Value& value = m_probe->values[m_lines[index.row()]];
    const QString unit = section == ValueSection && value.present && value.value && value.readings.empty() && value.mapping != FieldMapping::Colour && value.unit != Unit::LatentUnits ? unitWords(value.unit) : QString();
    switch (role) {
        case Qt::DisplayRole:
            if (section == LensSection) return value.sweep.isEmpty() ? value.lens : tr("%1 %2").arg(value.lens, value.sweep);
            return unit.isEmpty() ? numberAt(value, section) : numberAt(value, section) + u' ' + unit;
        case UnitRole: return unit;
        case Qt::TextAlignmentRole: return int((section == LensSection ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
        case Qt::ToolTipRole:
            if (!value.present) return tr("%1 has no picture here").arg(value.name);
            return tr("%1, pixel %2, %3: %4").arg(value.name).arg(value.x).arg(value.y).arg(value.readings.empty() ? mappingWords(value.mapping) : readingsOf(value));
        case Qt::AccessibleTextRole:
            if (section == LensSection) return value.name;
            return tr("%1, %2: %3").arg(value.name, headerData(section, Qt::Horizontal).toString(), numberAt(value, section));
        case ModelRole: return false;
        default: return {};
    }
}

QVariant ProbeModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal) return {};
    if (role == Qt::TextAlignmentRole) return int((section == LensSection ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
    if (role != Qt::DisplayRole) return {};
    switch (section) {
        case LensSection: return tr("column");
        case RedSection: return tr("R");
        case GreenSection: return tr("G");
        case BlueSection: return tr("B");
        case ValueSection: return tr("value");
        default: return {};
    }
}

QString ProbeModel::text() const {
    if (!m_probe) return {};
    QString text = tr("x %1\ty %2\tsource x %3\tsource y %4").arg(m_probe->x).arg(m_probe->y).arg(m_probe->sourceX, 0, 'f', 1).arg(m_probe->sourceY, 0, 'f', 1);
    // Numbers as other programs read them.
    const auto plain = [](QString number) { return number.replace(QChar(0x2212), u'-').replace(dash(), QString()); };
    if (m_probe->difference) text += u'\t' + tr("difference from reference %1").arg(plain(fixedNumber(*m_probe->difference, kCopiedDecimals)));
    text += u'\n';
    QStringList header{tr("lens"), tr("model"), tr("sweep")};
    for (int section = RedSection; section < SectionCount; ++section) header << headerData(section, Qt::Horizontal).toString();
    // Only where there are any: other tables stay as wide as they were.
    const bool labels = std::ranges::any_of(m_probe->values, [](const StageProbe::Value& value) { return !value.readings.empty(); });
    header << tr("unit");
    if (labels) header << tr("all planes");
    text += header.join(u'\t') + u'\n';
    for (const StageProbe::Value& value : m_probe->values) {
        QStringList cells{value.lens, value.model, value.sweep};
        for (int section = RedSection; section < SectionCount; ++section) cells << plain(numberAt(value, section));
        cells << (value.value ? unitWords(value.unit) : QString());
        if (labels) cells << readingsOf(value);
        text += cells.join(u'\t') + u'\n';
    }
    return text;
}

}  // namespace tessera::ui
