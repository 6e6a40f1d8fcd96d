// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/generate/history_panel.h"

#include <algorithm>

#include <QAction>
#include <QComboBox>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QLocale>
#include <QVBoxLayout>

#include "panels/hint_stack.h"
#include "theme/icons.h"
#include "theme/theme.h"

namespace tessera::ui {
namespace {

constexpr int kPicture = 64, kCell = 84, kTypingMilliseconds = 150;

class HistoryList : public QListWidget {
public:
    QAction* deleteAction = nullptr;

protected:
    void keyPressEvent(QKeyEvent* event) override {
        switch (event->key()) {
            case Qt::Key_Left:
            case Qt::Key_Right:
            case Qt::Key_Up:
            case Qt::Key_Down:
            case Qt::Key_Home:
            case Qt::Key_End:
            case Qt::Key_Return:
            case Qt::Key_Enter: return QListWidget::keyPressEvent(event);
            case Qt::Key_Delete: deleteAction->trigger(); return;
            default: event->ignore();
        }
    }
};

}  // namespace

HistoryPanel::HistoryPanel(DrawHistory& history, QWidget* parent)
    : QWidget(parent), m_history(history), m_search(new QLineEdit), m_models(new QComboBox), m_problem(new QLabel), m_restore(new QAction(themedIcon(QStringLiteral("retry")), tr("Take these settings again"), this)),
      m_open(new QAction(themedIcon(QStringLiteral("image")), tr("Look at this picture again"), this)), m_delete(new QAction(themedIcon(QStringLiteral("close")), tr("Delete from the history"), this)) {
    auto* list = new HistoryList;
    list->deleteAction = m_delete;
    m_list = list;
    m_search->setObjectName(QStringLiteral("historySearch"));
    m_search->setPlaceholderText(tr("Search prompt, model, seed"));
    m_search->setAccessibleName(tr("Search the history"));
    m_search->setClearButtonEnabled(true);
    m_models->setObjectName(QStringLiteral("historyModel"));
    m_models->setAccessibleName(tr("Model"));
    m_models->setToolTip(tr("Whose pictures are listed"));
    m_models->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_models->setMinimumContentsLength(10);
    m_problem->setObjectName(QStringLiteral("historyProblem"));
    m_problem->setProperty("role", "errorTable");
    m_problem->setWordWrap(true);
    m_problem->hide();
    m_list->setObjectName(QStringLiteral("history"));
    m_list->setAccessibleName(tr("History"));
    m_list->setViewMode(QListView::IconMode);
    m_list->setMovement(QListView::Static);
    m_list->setResizeMode(QListView::Adjust);
    m_list->setIconSize({kPicture, kPicture});
    m_list->setGridSize({kCell, kPicture + 26 + fontMetrics().height()});
    m_list->setUniformItemSizes(true);
    m_list->setTextElideMode(Qt::ElideRight);
    m_list->setWordWrap(false);
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_list->setContextMenuPolicy(Qt::ActionsContextMenu);
    m_list->addActions(tools());
    m_stack = new HintStack(m_list, {}, this);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(8, 8, 8, 4);
    column->setSpacing(4);
    auto* row = new QHBoxLayout;
    row->setSpacing(4);
    row->addWidget(m_search, 2);
    row->addWidget(m_models, 1);
    column->addLayout(row);
    column->addWidget(m_problem);
    column->addWidget(m_stack, 1);
    m_typing.setSingleShot(true);
    m_typing.setInterval(kTypingMilliseconds);
    connect(&m_typing, &QTimer::timeout, this, &HistoryPanel::search);
    connect(m_models, &QComboBox::activated, this, &HistoryPanel::search);
    connect(m_search, &QLineEdit::textChanged, &m_typing, qOverload<>(&QTimer::start));
    connect(m_list, &QListWidget::itemSelectionChanged, this, &HistoryPanel::showTools);
    connect(m_list, &QListWidget::itemActivated, m_restore, &QAction::trigger);
    connect(m_restore, &QAction::triggered, this, [this] {
        if (const HistoryEntry* entry = current()) Q_EMIT restoreRequested(HistoryEntry(*entry));
    });
    connect(m_open, &QAction::triggered, this, [this] {
        if (const HistoryEntry* entry = current()) Q_EMIT openRequested(HistoryEntry(*entry));
    });
    connect(m_delete, &QAction::triggered, this, [this] {
        std::vector<qint64> ids;
        for (const QListWidgetItem* item : m_list->selectedItems()) ids.push_back(item->data(Qt::UserRole).toLongLong());
        if (!ids.empty()) m_history.remove(std::move(ids));
    });
    connect(&history, &DrawHistory::changed, this, &HistoryPanel::refresh);
    refresh();
}

void HistoryPanel::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    if (!std::exchange(m_asked, true)) search();
}

void HistoryPanel::search() {
    m_history.search(m_search->text(), m_models->currentData().toString());
}

/// Of all that drew; the one that is chosen stays, even when its last picture is deleted.
void HistoryPanel::showModels() {
    const QString chosen = m_models->currentData().toString();
    m_models->clear();
    m_models->addItem(tr("All models"), QString());
    QStringList names = m_history.models();
    if (!chosen.isEmpty() && !names.contains(chosen)) names << chosen;
    for (const QString& name : names) m_models->addItem(name, name);
    m_models->setCurrentIndex(std::max(0, m_models->findData(chosen)));
    m_models->setVisible(names.size() > 1);
}

const HistoryEntry* HistoryPanel::current() const {
    const QListWidgetItem* item = m_list->currentItem();
    if (!item || !item->isSelected()) return nullptr;
    const auto found = std::ranges::find(m_history.entries(), item->data(Qt::UserRole).toLongLong(), &HistoryEntry::id);
    return found == m_history.entries().end() ? nullptr : &*found;
}

void HistoryPanel::refresh() {
    const auto& entries = m_history.entries();
    const qint64 chosen = current() ? current()->id : -1;
    m_list->clear();
    for (const HistoryEntry& entry : entries) {
        const DrawingSettings& s = entry.settings;
        auto* item = new QListWidgetItem(QIcon(QPixmap::fromImage(entry.thumbnail)), s.prompt + QChar::LineSeparator + entry.modelName, m_list);
        item->setData(Qt::UserRole, entry.id);
        item->setToolTip(tr("%1\nseed %2 · guidance %3 · temperature %4 · top-k %5 · top-p %6\n%7 · %8%9")
                             .arg(s.prompt, QString::number(s.seed), QString::number(s.guidance), QString::number(s.temperature), QString::number(s.topK), QString::number(s.topP), entry.modelName,
                                  QLocale().toString(entry.when.toLocalTime(), QLocale::ShortFormat), (entry.keptCodes ? tr("\na branch: it went on from another picture's codes") : QString()) + (isFinished(entry) ? QString() : entry.codes.empty() ? tr("\nnot begun: take its settings again to draw it") : tr("\nnot finished: look at it again to go on"))));
        item->setData(Qt::AccessibleTextRole, tr("%1, seed %2, by %3").arg(s.prompt).arg(s.seed).arg(entry.modelName));
        if (entry.id == chosen) m_list->setCurrentItem(item);
    }
    showModels();
    m_problem->setText(m_history.problem());
    m_problem->setVisible(!m_history.problem().isEmpty());
    m_stack->setFilled(!entries.empty());
    m_stack->setHint(m_history.total() > 0 ? m_search->text().isEmpty() ? tr("No picture of the history is by this model") : tr("No picture of the history has these words") : tr("Every picture that is drawn stands here,\nwith all that it takes to draw it again"));
    Q_EMIT contextChanged(m_history.total() == 0 ? QString() : entries.size() < static_cast<std::size_t>(m_history.total()) ? tr("%1 of %2").arg(entries.size()).arg(m_history.total()) : QString::number(m_history.total()));
    showTools();
}

void HistoryPanel::showTools() {
    const bool one = current() != nullptr;
    for (QAction* action : {m_restore, m_open}) action->setEnabled(one);
    m_delete->setEnabled(!m_list->selectedItems().isEmpty());
}

}  // namespace tessera::ui
