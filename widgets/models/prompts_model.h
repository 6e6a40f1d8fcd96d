// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <QAbstractTableModel>
#include <QStringList>

namespace tessera::ui {

/// The words that a board looks for, with what they come to at one place; the likeliest first while a place is known.
class PromptsModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Section { PromptSection, HereSection, SectionCount };

    explicit PromptsModel(QObject* parent = nullptr) : QAbstractTableModel(parent) {}

    void setPrompts(const std::vector<std::string>& words);
    /// Of the words with these names at one place; nothing: no place. Words without a number come last.
    struct Numbers {
        QStringList names;
        std::vector<float> values;
        bool operator==(const Numbers&) const = default;
    };
    void setNumbers(std::optional<Numbers> numbers);
    /// Index among the prompts of a line.
    int promptAt(int row) const { return m_order[static_cast<std::size_t>(row)]; }
    const QStringList& prompts() const { return m_prompts; }

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;
    bool setData(const QModelIndex& index, const QVariant& value, int role = Qt::EditRole) override;

Q_SIGNALS:
    void renamed(int prompt, const QString& text);

private:
    std::optional<float> numberOf(int prompt) const;
    void sort();

    QStringList m_prompts;
    std::optional<Numbers> m_numbers;
    std::vector<int> m_order;
};

}  // namespace tessera::ui
