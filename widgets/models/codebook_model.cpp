// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/codebook_model.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "panels/stage/number_words.h"

namespace tessera::ui {
namespace {

constexpr int kDecimals = 2;

QString countText(const std::vector<std::int64_t>& counts, std::int32_t code) {
    return counts.empty() ? QStringLiteral("–") : QString::number(counts[code]);
}

}  // namespace

CodebookModel::CodebookModel(Lookups lookups, QObject* parent) : QAbstractTableModel(parent), m_lookups(std::move(lookups)) {}

void CodebookModel::setCodes(const Codewords& book, std::vector<std::int64_t> inImage, std::vector<std::int64_t> inLibrary) {
    const bool other = !(book == m_book);
    if (!other && inImage == m_inImage && inLibrary == m_inLibrary) return;
    if (other) beginResetModel();
    m_book = book;
    m_inImage = std::move(inImage);
    m_inLibrary = std::move(inLibrary);
    if (!other) return arrange();
    m_lines = linesNow();
    endResetModel();
}

void CodebookModel::setFilter(Show show, const QString& beginning) {
    m_show = show;
    m_beginning = beginning;
    arrange();
}

void CodebookModel::sort(int section, Qt::SortOrder order) {
    m_section = section;
    m_order = order;
    arrange();
}

void CodebookModel::lookAgain() {
    if (m_section == NearestSection) arrange();
    if (rowCount() > 0) Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, SectionCount - 1));
}

bool CodebookModel::has(std::int32_t code) const {
    if (!m_beginning.isEmpty()) return QString::number(code).startsWith(m_beginning);
    switch (m_show) {
        case Show::InImage: return !m_inImage.empty() && m_inImage[code] > 0;
        case Show::InLibrary: return !m_inLibrary.empty() && m_inLibrary[code] > 0;
        case Show::Dead: return !m_inLibrary.empty() && m_inLibrary[code] == 0;
        default: return true;
    }
}

std::vector<std::int32_t> CodebookModel::linesNow() const {
    std::vector<std::int32_t> lines;
    std::vector<double> keys(m_book.count);
    const bool downwards = m_order == Qt::DescendingOrder;
    for (std::int32_t code = 0; code < m_book.count; ++code) {
        if (!has(code)) continue;
        lines.push_back(code);
        double key = code;
        if (m_section == ImageSection) key = m_inImage.empty() ? 0 : double(m_inImage[code]);
        if (m_section == LibrarySection) key = m_inLibrary.empty() ? 0 : double(m_inLibrary[code]);
        if (m_section == NormSection) key = normOf(m_book, code);
        if (m_section == NearestSection) {
            const auto neighbour = m_lookups.neighbour(code);
            key = neighbour ? double(neighbour->distance) : std::nan("");
        }
        // What is not known yet stands behind, whichever way it goes.
        keys[code] = std::isnan(key) ? std::numeric_limits<double>::infinity() : downwards ? -key : key;
    }
    std::ranges::stable_sort(lines, {}, [&](std::int32_t code) { return keys[code]; });
    return lines;
}

/// The chosen line stays chosen where it moves.
void CodebookModel::arrange() {
    std::vector<std::int32_t> lines = linesNow();
    if (lines == m_lines) {
        if (!lines.empty()) Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, SectionCount - 1));
        return;
    }
    if (lines.size() != m_lines.size()) {
        beginResetModel();
        m_lines = std::move(lines);
        return endResetModel();
    }
    Q_EMIT layoutAboutToBeChanged({}, QAbstractItemModel::VerticalSortHint);
    const QModelIndexList before = persistentIndexList();
    std::vector<int> places(m_book.count, -1);
    for (std::size_t line = 0; line < lines.size(); ++line) places[lines[line]] = static_cast<int>(line);
    QModelIndexList after;
    for (const QModelIndex& each : before) {
        const int line = places[m_lines[each.row()]];
        after << (line < 0 ? QModelIndex() : index(line, each.column()));
    }
    m_lines = std::move(lines);
    changePersistentIndexList(before, after);
    Q_EMIT layoutChanged({}, QAbstractItemModel::VerticalSortHint);
}

int CodebookModel::lineOf(std::int32_t code) const {
    const auto it = std::ranges::find(m_lines, code);
    return it == m_lines.end() ? -1 : static_cast<int>(it - m_lines.begin());
}

int CodebookModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_lines.size());
}

int CodebookModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : SectionCount;
}

QVariant CodebookModel::textAt(std::int32_t code, int section) const {
    switch (section) {
        case CodeSection: return QString::number(code);
        case ImageSection: return countText(m_inImage, code);
        case LibrarySection: return countText(m_inLibrary, code);
        case NormSection: return fixedNumber(normOf(m_book, code), kDecimals);
        case NearestSection: {
            const auto neighbour = m_lookups.neighbour(code);
            if (!neighbour) return QString();
            return neighbour->code < 0 ? QStringLiteral("–") : QStringLiteral("%1 %2").arg(neighbour->code).arg(fixedNumber(neighbour->distance, kDecimals));
        }
        default: return {};
    }
}

QVariant CodebookModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const std::int32_t code = m_lines[index.row()];
    const int section = index.column();
    switch (role) {
        case Qt::DisplayRole: return textAt(code, section);
        case Qt::TextAlignmentRole: return int((section == PictureSection ? Qt::AlignHCenter : Qt::AlignRight) | Qt::AlignVCenter);
        case Qt::AccessibleTextRole:
            if (section == PictureSection) return tr("code %1 decoded alone").arg(code);
            return tr("%1: %2").arg(headerData(section, Qt::Horizontal).toString(), textAt(code, section).toString());
        case Qt::ToolTipRole: return section == PictureSection ? tr("Code %1 decoded alone").arg(code) : QVariant();
        case PatchRole: return section == PictureSection ? m_lookups.picture(code) : QImage();
        case UnitRole: {
            const auto neighbour = section == NearestSection ? m_lookups.neighbour(code) : std::nullopt;
            return neighbour && neighbour->code >= 0 ? fixedNumber(neighbour->distance, kDecimals) : QString();
        }
        default: return {};
    }
}

QVariant CodebookModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal) return {};
    if (role == Qt::TextAlignmentRole) return int(Qt::AlignRight | Qt::AlignVCenter);
    if (role == Qt::ToolTipRole) {
        switch (section) {
            case ImageSection: return tr("How often this image has the code at this depth");
            case LibrarySection: return tr("How often all images of the board have it");
            case NormSection: return tr("Length of the codeword");
            case NearestSection: return tr("The nearest other codeword, and how far it is");
            default: return {};
        }
    }
    if (role != Qt::DisplayRole) return {};
    switch (section) {
        case CodeSection: return tr("code");
        case ImageSection: return tr("image");
        case LibrarySection: return tr("library");
        case NormSection: return tr("norm");
        case NearestSection: return tr("nearest");
        default: return {};
    }
}

}  // namespace tessera::ui
