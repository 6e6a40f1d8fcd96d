// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/answer_list.h"

#include <QCoreApplication>
#include <QKeyEvent>
#include <QPainter>
#include <QStyledItemDelegate>

#include "theme/theme.h"

namespace tessera::ui {
namespace {

constexpr int kRow = 40, kMargin = 6;
enum Role { About = Qt::UserRole, Begin };

class AnswerPainter : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;
    QSize sizeHint(const QStyleOptionViewItem&, const QModelIndex&) const override { return {120, kRow}; }
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
        const Tokens& t = tokens();
        painter->save();
        painter->fillRect(option.rect, option.state & QStyle::State_Selected ? t.softSelection : t.dock);
        const QRect words = option.rect.adjusted(kMargin, 2, -kMargin, -3);
        const auto line = [&](Role role, TextSize size, const QColor& colour, Qt::Alignment where) {
            painter->setFont(Theme::instance().font(size));
            painter->setPen(colour);
            painter->drawText(words, where | Qt::AlignLeft, painter->fontMetrics().elidedText(index.data(role).toString(), Qt::ElideRight, words.width()));
        };
        line(About, TextSize::Body, t.text, Qt::AlignTop);
        line(Begin, TextSize::Table, t.second, Qt::AlignBottom);
        paintRowEnd(*painter, option);
        painter->restore();
    }
};

}  // namespace

QString ModelAnswer::about() const {
    return question.isEmpty() ? images : QCoreApplication::translate("ModelAnswer", "%1: %2").arg(images, question);
}

AnswerList::AnswerList() {
    setRowPainter(new AnswerPainter);
}

void AnswerList::addNewest(const ModelAnswer& answer) {
    insertItem(0, new QListWidgetItem);
    setRow(0, answer);
    setCurrentRow(0);
}

void AnswerList::setRow(int row, const ModelAnswer& answer) {
    QListWidgetItem* item = this->item(row);
    const QString begin = QCoreApplication::translate("ModelAnswer", "%1: %2").arg(answer.model, answer.text.isEmpty() ? answer.state : answer.text.simplified());
    item->setText(answer.about() + QChar::LineSeparator + begin);
    item->setData(About, answer.about());
    item->setData(Begin, begin);
    item->setToolTip(QStringLiteral("%1\n%2\n%3").arg(answer.about(), answer.model, answer.state));
}

bool AnswerList::event(QEvent* event) {
    if (event->type() == QEvent::ShortcutOverride && static_cast<QKeyEvent*>(event)->matches(QKeySequence::Copy)) {
        event->accept();
        return true;
    }
    return RowList::event(event);
}

void AnswerList::keyPressEvent(QKeyEvent* event) {
    event->matches(QKeySequence::Copy) && copy ? copy() : RowList::keyPressEvent(event);
}

}  // namespace tessera::ui
