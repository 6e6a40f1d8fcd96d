// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/prompts_model.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <QColor>

#include <tessera/code_colour.h>

#include "panels/stage/number_words.h"

namespace tessera::ui {

void PromptsModel::setPrompts(const std::vector<std::string>& words) {
    QStringList prompts;
    for (const std::string& word : words) prompts << QString::fromStdString(word);
    if (prompts == m_prompts) return;
    beginResetModel();
    m_prompts = std::move(prompts);
    sort();
    endResetModel();
}

void PromptsModel::setNumbers(std::optional<Numbers> numbers) {
    if (numbers == m_numbers) return;
    m_numbers = std::move(numbers);
    if (m_prompts.isEmpty()) return;
    Q_EMIT layoutAboutToBeChanged();
    const std::vector<int> before = m_order;
    sort();
    const auto moved = [&](const QModelIndex& index) {
        const auto now = std::ranges::find(m_order, before[static_cast<std::size_t>(index.row())]) - m_order.begin();
        return this->index(static_cast<int>(now), index.column());
    };
    QModelIndexList to;
    const QModelIndexList from = persistentIndexList();
    for (const QModelIndex& index : from) to << moved(index);
    changePersistentIndexList(from, to);
    Q_EMIT layoutChanged();
}

std::optional<float> PromptsModel::numberOf(int prompt) const {
    if (!m_numbers) return std::nullopt;
    const qsizetype at = m_numbers->names.indexOf(m_prompts[prompt]);
    return at < 0 ? std::nullopt : std::optional(m_numbers->values[static_cast<std::size_t>(at)]);
}

void PromptsModel::sort() {
    m_order.resize(static_cast<std::size_t>(m_prompts.size()));
    std::iota(m_order.begin(), m_order.end(), 0);
    std::ranges::stable_sort(m_order, std::greater<>(), [this](int prompt) { return numberOf(prompt).value_or(-INFINITY); });
}

int PromptsModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : static_cast<int>(m_order.size()); }

int PromptsModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : SectionCount; }

QVariant PromptsModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const int prompt = promptAt(index.row());
    const std::optional<float> number = numberOf(prompt);
    if (index.column() == HereSection) {
        if (role == Qt::DisplayRole) return number ? fixedNumber(static_cast<double>(*number), 3) : QStringLiteral("–");
        if (role == Qt::TextAlignmentRole) return int(Qt::AlignRight | Qt::AlignVCenter);
        return {};
    }
    switch (role) {
        case Qt::DisplayRole:
        case Qt::EditRole: return m_prompts[prompt];
        case Qt::ToolTipRole: return tr("%1\nThe colour is the one that it has where every token shows the prompt that is most alike").arg(m_prompts[prompt]);
        case Qt::DecorationRole: {
            const auto colour = colourOfCode(prompt);
            return QColor(colour[0], colour[1], colour[2]);
        }
        default: return {};
    }
}

QVariant PromptsModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal) return {};
    if (role == Qt::TextAlignmentRole) return int((section == HereSection ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    if (role != Qt::DisplayRole) return {};
    return section == PromptSection ? tr("prompt") : tr("here");
}

Qt::ItemFlags PromptsModel::flags(const QModelIndex& index) const {
    return QAbstractTableModel::flags(index) | (index.column() == PromptSection ? Qt::ItemIsEditable : Qt::NoItemFlags);
}

bool PromptsModel::setData(const QModelIndex& index, const QVariant& value, int role) {
    if (role != Qt::EditRole || index.column() != PromptSection) return false;
    const int prompt = promptAt(index.row());
    if (value.toString().trimmed().isEmpty() || value.toString() == m_prompts[prompt]) return false;
    Q_EMIT renamed(prompt, value.toString());  // the session answers
    return true;
}

}  // namespace tessera::ui
