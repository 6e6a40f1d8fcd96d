// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/command_palette.h"

#include <algorithm>

#include <QAccessible>
#include <QAction>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QMenu>
#include <QMenuBar>
#include <QPainter>
#include <QStandardItemModel>
#include <QStyledItemDelegate>
#include <QTimer>
#include <QVBoxLayout>

#include "theme/icons.h"
#include "theme/theme.h"

namespace tessera::ui {
namespace {

constexpr int kWidth = 560, kRow = 32, kMostRows = 11, kMargin = 8;

enum Role { ActionRole = Qt::UserRole, NameRole, PlaceRole, KeysRole, SearchRole, EnabledRole, CheckedRole };

QString plain(QString text) {
    text.remove(u'&');
    return text.endsWith(u'…') ? text.chopped(1) : text;
}

class EntryPainter : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    QSize sizeHint(const QStyleOptionViewItem&, const QModelIndex&) const override { return {kWidth, kRow}; }

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
        const Tokens& t = tokens();
        const bool selected = option.state & QStyle::State_Selected, enabled = index.data(EnabledRole).toBool();
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        if (selected) {
            painter->setPen(Qt::NoPen);
            painter->setBrush(t.selection);
            painter->drawRoundedRect(option.rect, size::kRadius, size::kRadius);
        }
        const QColor first = selected ? t.onSelection : enabled ? t.text : t.disabled;
        const QColor second = selected ? t.onSelection : enabled ? t.second : t.disabled;
        const QRect inside = option.rect.adjusted(12, 0, -12, 0);
        if (index.data(CheckedRole).toBool()) {
            painter->drawPixmap(inside.left() - 2, inside.center().y() - 6, iconPixmap(QStringLiteral("check"), 14, first, painter->device()->devicePixelRatioF()));
        }
        int right = inside.right();
        const auto drawRight = [&](const QString& text, const QColor& colour) {
            painter->setPen(colour);
            const int width = painter->fontMetrics().horizontalAdvance(text);
            painter->drawText(QRect(right - width, inside.top(), width + 1, inside.height()), Qt::AlignVCenter, text);
            right -= width;
        };
        painter->setFont(Theme::instance().font(TextSize::Table));
        drawRight(index.data(KeysRole).toString(), second);
        right = inside.right() - 110;
        // The name comes before where it stands, or why it cannot be done.
        const int name = QFontMetrics(Theme::instance().font(TextSize::Body)).horizontalAdvance(index.data(NameRole).toString());
        const int place = std::max(80, right - inside.left() - 52 - name);
        drawRight(painter->fontMetrics().elidedText(index.data(PlaceRole).toString(), Qt::ElideRight, place), second);
        painter->setFont(Theme::instance().font(TextSize::Body));
        painter->setPen(first);
        const QRect room(inside.left() + 20, inside.top(), right - inside.left() - 36, inside.height());
        painter->drawText(room, Qt::AlignVCenter, painter->fontMetrics().elidedText(index.data(NameRole).toString(), Qt::ElideRight, room.width()));
        painter->restore();
    }
};

}  // namespace

void ActionFilter::setPattern(const QString& pattern) {
    m_pattern = pattern.trimmed();
    invalidate();
    sort(0, Qt::DescendingOrder);
}

int ActionFilter::score(const QString& text, const QString& pattern) {
    int total = 1;
    for (const QString& word : pattern.split(u' ', Qt::SkipEmptyParts)) {
        const qsizetype at = text.indexOf(word, 0, Qt::CaseInsensitive);
        if (at >= 0) {
            const bool starts = at == 0 || !text[at - 1].isLetterOrNumber();
            total += (at == 0 ? 100 : starts ? 60 : 30) + static_cast<int>(word.size());
            continue;
        }
        // Letters in order, the first at a word's start: "sp" finds "show pixel values".
        qsizetype place = -1;
        int jumps = 0;
        for (const QChar letter : word) {
            qsizetype next = text.indexOf(letter, place + 1, Qt::CaseInsensitive);
            while (place < 0 && next > 0 && text[next - 1].isLetterOrNumber()) next = text.indexOf(letter, next + 1, Qt::CaseInsensitive);
            if (next < 0) return 0;
            if (next != place + 1) ++jumps;
            place = next;
        }
        total += std::max(1, 20 - 3 * jumps);
    }
    return total;
}

int ActionFilter::scoreOf(const QModelIndex& index) const {
    const QString name = index.data(NameRole).toString();
    const int byName = score(name, m_pattern);
    // The menu's name and the help find an action too, but come after a name that matches.
    return byName > 0 ? 1000 + byName : score(index.data(SearchRole).toString(), m_pattern);
}

bool ActionFilter::filterAcceptsRow(int row, const QModelIndex& parent) const {
    return m_pattern.isEmpty() || scoreOf(sourceModel()->index(row, 0, parent)) > 0;
}

bool ActionFilter::lessThan(const QModelIndex& left, const QModelIndex& right) const {
    const int a = m_pattern.isEmpty() ? 0 : scoreOf(left), b = m_pattern.isEmpty() ? 0 : scoreOf(right);
    if (a != b) return a < b;
    // Of equal ones those that can be done come first, in the menus' order.
    const bool can = m_pattern.isEmpty() || left.data(EnabledRole).toBool(), otherCan = m_pattern.isEmpty() || right.data(EnabledRole).toBool();
    return can == otherCan ? left.row() > right.row() : otherCan;
}

CommandPalette::CommandPalette(QWidget* window)
    : QDialog(window, Qt::Popup | Qt::FramelessWindowHint),
      m_window(window),
      m_model(new QStandardItemModel(this)),
      m_filter(new ActionFilter(this)),
      m_field(new QLineEdit(this)),
      m_list(new QListView(this)),
      m_nothing(new QLabel(this)) {
    setObjectName(QStringLiteral("palette"));
    setAccessibleName(tr("Search actions"));
    m_field->setPlaceholderText(tr("Search actions"));
    m_field->setAccessibleName(tr("Search actions"));
    m_field->setAcceptDrops(false);
    m_field->addAction(themedIcon(QStringLiteral("search")), QLineEdit::LeadingPosition)->setText(tr("Search"));
    m_field->installEventFilter(this);
    m_filter->setSourceModel(m_model);
    m_filter->setDynamicSortFilter(false);
    m_list->setModel(m_filter);
    m_list->setItemDelegate(new EntryPainter(m_list));
    m_list->setUniformItemSizes(true);
    m_list->setMouseTracking(true);
    m_list->setFocusPolicy(Qt::NoFocus);
    m_list->setVerticalScrollMode(QListView::ScrollPerPixel);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->setAccessibleName(tr("Actions found"));
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(kMargin, kMargin, kMargin, kMargin);
    layout->setSpacing(kMargin);
    layout->addWidget(m_field);
    layout->addWidget(m_list);
    m_nothing->setProperty("role", "second");
    m_nothing->setWordWrap(true);
    m_nothing->hide();
    layout->addWidget(m_nothing);
    connect(m_field, &QLineEdit::textChanged, this, [this](const QString& text) {
        m_filter->setPattern(text);
        m_list->setCurrentIndex(m_filter->index(0, 0));
        m_list->scrollToTop();
        const bool found = m_filter->rowCount() > 0;
        m_list->setVisible(found);
        m_nothing->setVisible(!found);
        m_nothing->setText(tr("No action, lens or model is called “%1”").arg(text.trimmed().left(40)));
        adaptHeight();
    });
    connect(m_list->selectionModel(), &QItemSelectionModel::currentChanged, this, &CommandPalette::tellCurrent);
    connect(m_list, &QListView::clicked, this, &CommandPalette::choose);
    connect(m_list, &QListView::entered, m_list, &QListView::setCurrentIndex);
}

QList<QAction*> CommandPalette::actionsOf(const QWidget* window) {
    QList<QAction*> found;
    for (QAction* action : window->findChildren<QAction*>()) {
        if (action->isSeparator() || action->menu() || plain(action->text()).isEmpty() || !action->isVisible()) continue;
        if (action->property("palette").isValid() && !action->property("palette").toBool()) continue;
        // Text fields and Qt's own widgets bring actions of theirs; ours are told by an object name.
        if (action->objectName().isEmpty() || action->objectName().startsWith(u"_q")) continue;
        found << action;
    }
    return found;
}

QString CommandPalette::placeOf(const QAction& action) {
    QStringList menus;
    const QAction* step = &action;
    for (int depth = 0; depth < 4; ++depth) {
        const QMenu* menu = nullptr;
        for (QObject* object : step->associatedObjects()) {
            if ((menu = qobject_cast<QMenu*>(object)) && !menu->title().isEmpty()) break;
            menu = nullptr;
        }
        if (!menu) break;
        menus.prepend(plain(menu->title()));
        step = menu->menuAction();
    }
    return menus.join(QStringLiteral(" › "));
}

QStringList CommandPalette::menuTitles(const QWidget* window) {
    QStringList titles;
    const auto* bar = window->findChild<QMenuBar*>();
    for (const QAction* action : bar ? bar->actions() : QList<QAction*>()) titles << plain(action->text());
    return titles;
}

void CommandPalette::add(QAction& action, const QString& name, const QString& place, const QString& why) {
    const QString keys = action.shortcut().toString(QKeySequence::NativeText);
    auto* item = new QStandardItem(name);
    item->setData(QVariant::fromValue(QPointer<QAction>(&action)), ActionRole);
    item->setData(name, NameRole);
    item->setData(why.isEmpty() ? place : why, PlaceRole);
    item->setData(keys, KeysRole);
    item->setData(place + u' ' + name + u' ' + action.toolTip(), SearchRole);
    item->setData(action.isEnabled(), EnabledRole);
    item->setData(action.isCheckable() && action.isChecked(), CheckedRole);
    QStringList told{name};
    if (action.isCheckable()) told << (action.isChecked() ? tr("on") : tr("off"));
    if (!keys.isEmpty()) told << keys;
    if (!place.isEmpty()) told << place;
    if (!action.isEnabled()) told << (why.isEmpty() ? tr("not available") : tr("not available: %1").arg(why));
    item->setAccessibleText(told.join(QStringLiteral(", ")));
    item->setEditable(false);
    m_model->appendRow(item);
}

/// Entries that a menu makes when it opens have no name of their own: the menu's says what they do.
void CommandPalette::collectMenu(QMenu& menu, const QStringList& path) {
    Q_EMIT menu.aboutToShow();
    for (QAction* action : menu.actions()) {
        if (action->isSeparator() || !action->isVisible()) continue;
        if (action->menu()) {
            collectMenu(*action->menu(), path + QStringList{plain(action->text())});
        } else if (action->objectName().isEmpty() && path.size() > 1) {
            const QString reason = action->toolTip() == action->text() ? QString() : action->toolTip();
            if (!action->isEnabled() && reason.isEmpty()) continue;  // a sentence in place of entries
            const QStringList words = path.mid(2) + QStringList{plain(action->text())};
            add(*action, path[1] + QStringLiteral(": ") + words.join(QStringLiteral(", ")), path.first(2).join(QStringLiteral(" › ")), action->isEnabled() ? QString() : reason);
        }
    }
}

void CommandPalette::collect() {
    m_model->clear();
    for (QAction* action : actionsOf(m_window)) add(*action, plain(action->text()), placeOf(*action), action->isEnabled() ? QString() : action->statusTip());
    const auto* bar = m_window->findChild<QMenuBar*>();
    for (QAction* action : bar ? bar->actions() : QList<QAction*>()) {
        if (action->menu()) collectMenu(*action->menu(), {plain(action->text())});
    }
}

/// The field keeps the keyboard: what it chooses in the list is told in its place.
void CommandPalette::tellCurrent() {
    if (!QAccessible::isActive() || !isVisible() || !m_list->currentIndex().isValid()) return;
    QAccessibleEvent event(m_list, QAccessible::Focus);
    event.setChild(m_list->currentIndex().row());
    QAccessible::updateAccessibility(&event);
}

void CommandPalette::popUp() {
    collect();
    m_field->clear();
    m_filter->setPattern({});
    m_list->setCurrentIndex(m_filter->index(0, 0));
    adaptHeight();
    const QPoint top = m_window->mapToGlobal(QPoint(0, 0));
    move(top.x() + (m_window->width() - width()) / 2, top.y() + size::kMenuBar + size::kToolBar + 16);
    show();
    m_field->setFocus(Qt::PopupFocusReason);
}

void CommandPalette::adaptHeight() {
    const int rows = std::clamp(m_filter->rowCount(), 1, kMostRows);
    m_list->setFixedHeight(rows * kRow);
    setFixedSize(std::min(kWidth, m_window->width() - 32), 3 * kMargin + m_field->sizeHint().height() + rows * kRow + 2);
}

void CommandPalette::choose(const QModelIndex& index) {
    QAction* action = index.data(ActionRole).value<QPointer<QAction>>();
    if (!action || !action->isEnabled()) return;
    hide();
    // After the popup is gone, so that a dialog that follows gets the focus.
    QTimer::singleShot(0, action, &QAction::trigger);
}

bool CommandPalette::eventFilter(QObject* object, QEvent* event) {
    if (object != m_field || event->type() != QEvent::KeyPress) return QDialog::eventFilter(object, event);
    const int key = static_cast<QKeyEvent*>(event)->key(), rows = m_filter->rowCount();
    const auto step = [&](int by) {
        if (rows > 0) m_list->setCurrentIndex(m_filter->index((m_list->currentIndex().row() + by + rows) % rows, 0));
    };
    switch (key) {
        case Qt::Key_Down: step(1); return true;
        case Qt::Key_Up: step(-1); return true;
        case Qt::Key_PageDown: m_list->setCurrentIndex(m_filter->index(std::min(rows - 1, m_list->currentIndex().row() + kMostRows), 0)); return true;
        case Qt::Key_PageUp: m_list->setCurrentIndex(m_filter->index(std::max(0, m_list->currentIndex().row() - kMostRows), 0)); return true;
        case Qt::Key_Return:
        case Qt::Key_Enter: choose(m_list->currentIndex()); return true;
        case Qt::Key_Escape: hide(); return true;
        default: return QDialog::eventFilter(object, event);
    }
}

}  // namespace tessera::ui
