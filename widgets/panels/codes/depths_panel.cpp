// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/codes/depths_panel.h"

#include <QAction>
#include <QItemSelectionModel>
#include <QTableView>
#include <QVBoxLayout>

#include "bridge/token_reader.h"
#include "models/numbers_model.h"
#include "models/table_text.h"
#include "panels/codes/usage_panel.h"
#include "panels/stage/number_words.h"
#include "panels/table_painter.h"

namespace tessera::ui {

DepthsPanel::DepthsPanel(CodeReaders& readers, QAction* imageOnly, QWidget* parent) : CodesPanel(readers, parent), m_imageOnly(imageOnly), m_model(new NumbersModel(this)) {
    m_model->setSections({{tr("depth"), tr("Coarse to fine")},
                          {tr("used"), tr("Codes that occur")},
                          {tr("unused"), tr("Codes that do not occur")},
                          {tr("perplexity"), tr("As many codes, used evenly, would carry as much: 2 to the entropy")},
                          {tr("entropy, bit"), tr("What one code of this depth carries, on the average")},
                          {tr("energy, %"), tr("The share of the tokens' squared length that this depth takes away")}});
    m_table = makePanelTable(m_model, tr("Codes by depth"), [this] { return text(); });
    m_table->setItemDelegate(new TablePainter(-1, -1, m_table));
    setContent(m_table);
    setFocusProxy(m_table);
    m_copy = makeCopyAction(this, tr("Copy depths"), tr("The numbers of all depths, as tab-separated text"), [this] { return text(); });
    connect(imageOnly, &QAction::toggled, this, &DepthsPanel::schedule);
    connect(&readers.library, &LibraryCodes::changed, this, &DepthsPanel::schedule);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this](const QModelIndex& index) {
        if (!m_showing && index.isValid()) chooseDepth(index.row());
    });
}

DepthsPanel::~DepthsPanel() {
    watch(false);
}

void DepthsPanel::watch(bool seen) {
    m_readers.library.watch(this, seen);
}

QString DepthsPanel::missing() const {
    const QString words = CodesPanel::missing();
    if (!words.isEmpty() || m_imageOnly->isChecked()) return words;
    return m_readers.library.statistics().pictures() > 0 ? QString() : tr("The codes of all images are being counted…");
}

void DepthsPanel::refresh() {
    const auto current = grid();
    m_statistics = statisticsOf(m_readers, current.get(), m_imageOnly->isChecked());
    m_copy->setEnabled(m_statistics.depths() > 0);
    m_showing = true;
    m_model->setLines(m_statistics.depths(), [this](int depth, int section) {
        const CodeUse& use = m_statistics.depth(depth);
        switch (section) {
            case 0: return QString::number(depth + 1);
            case 1: return QString::number(use.used());
            case 2: return QString::number(use.unused());
            case 3: return fixedNumber(use.perplexity(), 1);
            case 4: return fixedNumber(use.entropy(), 2);
            default: {
                const auto share = m_statistics.energyShare(depth);
                return share ? fixedNumber(100 * *share, 1) : QStringLiteral("–");
            }
        }
    });
    if (depth() < m_statistics.depths()) m_table->selectionModel()->setCurrentIndex(m_model->index(depth(), 0), QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
    m_showing = false;
}

QString DepthsPanel::text() const {
    return tabSeparated(*m_model);
}

}  // namespace tessera::ui
