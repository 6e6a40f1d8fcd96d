// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include <QAbstractTableModel>
#include <QImage>

#include "codes/code_use.h"
#include "codes/codewords.h"

namespace tessera::ui {

/// The codes of one depth: how each looks alone, how often it is used, how long its codeword is and which other is nearest. Sorted and filtered here, over
/// numbers: a proxy would ask for the texts of every code. Pictures and neighbours are looked up when a line is looked at.
class CodebookModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Section { PictureSection, CodeSection, ImageSection, LibrarySection, NormSection, NearestSection, SectionCount };
    enum Role {
        PatchRole = Qt::UserRole,  ///< QImage; null before it is there
        UnitRole                   ///< the distance behind the nearest code, in second colour
    };
    enum class Show { InImage, InLibrary, Dead, All };
    struct Lookups {
        std::function<QImage(std::int32_t)> picture;
        std::function<std::optional<CodeNeighbour>(std::int32_t)> neighbour;
    };

    CodebookModel(Lookups lookups, QObject* parent = nullptr);

    /// Counts are empty where they are not known.
    void setCodes(const Codewords& book, std::vector<std::int64_t> inImage, std::vector<std::int64_t> inLibrary);
    /// Which codes have lines. `beginning`: those whose number begins so, whatever `show` says; empty: all of those.
    void setFilter(Show show, const QString& beginning);
    void sort(int section, Qt::SortOrder order) override;
    int sortSection() const { return m_section; }
    /// Texts that the lookups give have changed; sorted anew where that rests on them.
    void lookAgain();

    std::int32_t codeAt(int line) const { return m_lines[line]; }
    int lineOf(std::int32_t code) const;  ///< -1: it has none

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
    bool has(std::int32_t code) const;
    std::vector<std::int32_t> linesNow() const;
    void arrange();
    QVariant textAt(std::int32_t code, int section) const;

    Lookups m_lookups;
    Codewords m_book;
    std::vector<std::int64_t> m_inImage, m_inLibrary;
    Show m_show = Show::InImage;
    QString m_beginning;
    int m_section = ImageSection;
    Qt::SortOrder m_order = Qt::DescendingOrder;
    std::vector<std::int32_t> m_lines;
};

}  // namespace tessera::ui
