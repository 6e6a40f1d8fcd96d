// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/generate/branches_panel.h"

#include <algorithm>
#include <cmath>

#include <QHBoxLayout>
#include <QListWidget>
#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>
#include <QScrollArea>
#include <QScrollBar>
#include <QStyledItemDelegate>

#include "bridge/picture_image.h"
#include "generate/draw_desk.h"
#include "panels/hint_stack.h"
#include "theme/theme.h"

namespace tessera::ui {
namespace {

constexpr int kRow = 44, kPicture = 36, kList = 150, kAxis = 22, kMargin = 24, kBend = 20, kDot = 4, kTicks = 4;
enum Role { Name = Qt::UserRole, State, Image, Shown };

/// Picture, name, state.
class BranchPainter : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;
    QSize sizeHint(const QStyleOptionViewItem&, const QModelIndex&) const override { return {kList, kRow}; }
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
        const Tokens& t = tokens();
        const bool chosen = option.state & QStyle::State_Selected;
        painter->save();
        painter->fillRect(option.rect, t.dock);
        const QRect picture(option.rect.left() + 4, option.rect.top() + (kRow - kPicture) / 2, kPicture, kPicture);
        painter->fillRect(picture, t.canvas);
        if (const auto image = index.data(Image).value<QImage>(); !image.isNull()) {
            painter->setRenderHint(QPainter::SmoothPixmapTransform);
            painter->drawImage(picture, image);
        }
        if (chosen) {
            painter->setPen(QPen(t.accent, 2));
            painter->setBrush(Qt::NoBrush);
            painter->drawRect(picture.adjusted(-1, -1, 1, 1));
        }
        const int left = picture.right() + 9;
        painter->setFont(Theme::instance().font(TextSize::Body, chosen));
        painter->setPen(t.text);
        painter->drawText(QRect(left, picture.top(), option.rect.right() - left, kPicture / 2), Qt::AlignVCenter | Qt::TextSingleLine, index.data(Name).toString());
        painter->setFont(Theme::instance().font(TextSize::Table));
        painter->setPen(t.second);
        painter->drawText(QRect(left, picture.top() + kPicture / 2, option.rect.right() - left, kPicture / 2), Qt::AlignVCenter | Qt::TextSingleLine, index.data(State).toString());
        painter->restore();
    }
};

class BranchList : public QListWidget {
protected:
    void keyPressEvent(QKeyEvent* event) override {
        if (event->key() == Qt::Key_Up || event->key() == Qt::Key_Down || event->key() == Qt::Key_Home || event->key() == Qt::Key_End) return QListWidget::keyPressEvent(event);
        event->ignore();
    }
};

}  // namespace

/// The lines; rows stand where the list has them.
class BranchesPanel::Tree : public QWidget {
public:
    explicit Tree(BranchesPanel& panel) : m_panel(panel) {
        setMinimumWidth(160);
        setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    }

protected:
    double xOf(int token, int tokens) const { return kMargin + (width() - 2.0 * kMargin) * (tokens > 0 ? double(token) / tokens : 0); }
    double yOf(std::size_t index) const { return (double(index) + 0.5) * kRow - m_panel.m_list->verticalScrollBar()->value(); }
    int tokens() const {
        int most = 0;
        for (const Branch& each : m_panel.m_branches) most = std::max(most, each.tokens);
        return most;
    }

    void mousePressEvent(QMouseEvent* event) override {
        const auto index = static_cast<int>((event->position().y() + m_panel.m_list->verticalScrollBar()->value()) / kRow);
        if (index < 0 || index >= static_cast<int>(m_panel.m_branches.size())) return;
        m_panel.m_list->setCurrentRow(index);
        // A place on the line is a place in the drawing.
        const int all = tokens(), there = m_panel.m_branches[index].drawn;
        if (const int token = static_cast<int>(std::lround((event->position().x() - kMargin) / std::max(1.0, width() - 2.0 * kMargin) * all)); token > 0 && token < there) m_panel.m_desk.setSteps(token);
        else m_panel.m_desk.setSteps({});
    }

    void paintEvent(QPaintEvent*) override {
        QPainter painter(this);
        const Tokens& t = ui::tokens();
        painter.fillRect(rect(), t.dock);
        painter.setRenderHint(QPainter::Antialiasing);
        const int all = tokens();
        painter.setFont(Theme::instance().font(TextSize::Axis));
        const int bottom = height() - kAxis;
        for (int tick = 0; tick <= kTicks && all > 0; ++tick) {
            const int token = all * tick / kTicks;
            const double x = xOf(token, all);
            painter.setPen(t.line);
            painter.drawLine(QPointF(x, 6), QPointF(x, bottom));
            painter.setPen(t.second);
            if (tick == kTicks) painter.drawText(QRectF(x - 80, bottom + 2, 80 + kMargin - 2, kAxis - 4), Qt::AlignRight | Qt::AlignTop, m_panel.tr("%1 tokens").arg(token));
            else painter.drawText(QRectF(x - 40, bottom + 2, 80, kAxis - 4), Qt::AlignHCenter | Qt::AlignTop, QString::number(token));
        }
        painter.setClipRect(QRect(0, 0, width(), bottom));
        const DrawnPicture current = m_panel.m_desk.picture();
        for (std::size_t i = 0; i < m_panel.m_branches.size(); ++i) {
            const Branch& branch = m_panel.m_branches[i];
            const bool chosen = branch.picture == current;
            const QColor colour = chosen ? t.accent : t.second;
            const double y = yOf(i), begin = xOf(branch.from, all), end = xOf(std::max(branch.from, branch.drawn), all), last = xOf(all, all);
            double from = begin;
            painter.setBrush(Qt::NoBrush);
            painter.setPen(QPen(colour, chosen ? 2.5 : 1.25));
            if (branch.parent >= 0) {
                const double above = yOf(static_cast<std::size_t>(branch.parent));
                from = std::min(begin + kBend, last);
                QPainterPath path(QPointF(begin, above));
                path.cubicTo(QPointF(begin + kBend * 0.6, above), QPointF(begin + kBend * 0.2, y), QPointF(from, y));
                painter.drawPath(path);
                painter.setBrush(t.dock);
                painter.setPen(QPen(colour, 1.5));
                painter.drawEllipse(QPointF(begin, above), kDot, kDot);
                painter.setBrush(Qt::NoBrush);
            }
            painter.setPen(QPen(colour, chosen ? 2.5 : 1.25));
            if (end > from) painter.drawLine(QPointF(from, y), QPointF(end, y));
            if (branch.drawn < branch.tokens || branch.tokens == 0) {
                painter.setPen(QPen(t.edge, 1.25, Qt::DotLine));
                painter.drawLine(QPointF(std::max(from, end), y), QPointF(last, y));
            }
            painter.setPen(Qt::NoPen);
            painter.setBrush(colour);
            if (branch.parent < 0) painter.drawEllipse(QPointF(begin, y), kDot, kDot);
            const int steps = m_panel.m_desk.keptStep() ? m_panel.m_desk.stepCount() : 0, shown = m_panel.m_desk.tokensShown();
            const double mark = chosen ? xOf(steps > 0 ? all * shown / steps : shown, all) : end;
            if (chosen || branch.drawn < branch.tokens) painter.drawEllipse(QPointF(std::max(from, mark), y), kDot, kDot);
            if (const QString words = branchExchange(m_panel.m_desk.queue(), branch); !words.isEmpty()) {
                painter.setPen(t.second);
                const QRectF place = begin > width() / 2.0 ? QRectF(0, y - 19, begin - 10, 16) : QRectF(from + 4, y - 19, width() - from - 8, 16);
                painter.drawText(place, (begin > width() / 2.0 ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter, words);
            }
        }
    }

private:
    BranchesPanel& m_panel;
};

BranchesPanel::BranchesPanel(DrawDesk& desk, QWidget* parent) : QWidget(parent), m_desk(desk), m_tree(new Tree(*this)), m_list(new BranchList) {
    m_list->setObjectName(QStringLiteral("branches"));
    m_list->setAccessibleName(tr("Branches"));
    m_list->setItemDelegate(new BranchPainter(m_list));
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setFixedWidth(kList);
    m_list->setUniformItemSizes(true);
    m_list->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->setContentsMargins(0, 0, 0, kAxis);
    m_tree->setAccessibleName(tr("Where branches leave one another"));
    auto* content = new QWidget;
    auto* row = new QHBoxLayout(content);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(0);
    row->addWidget(m_tree, 1);
    auto* right = new QVBoxLayout;
    right->setContentsMargins(0, 0, 0, kAxis);
    right->addWidget(m_list);
    row->addLayout(right);
    m_stack = new HintStack(content, tr("A picture that is taken another way at one of its tokens\nstands here beside what it was"), this);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_stack);
    connect(m_list->verticalScrollBar(), &QScrollBar::valueChanged, m_tree, qOverload<>(&QWidget::update));
    connect(m_list, &QListWidget::currentRowChanged, this, [this](int index) {
        if (!m_following && index >= 0 && index < static_cast<int>(m_branches.size())) m_desk.show(m_branches[index].picture);
    });
    connect(&desk, &DrawDesk::pictureChanged, this, &BranchesPanel::refresh);
    connect(&desk, &DrawDesk::placeChanged, m_tree, qOverload<>(&QWidget::update));
    connect(&desk.queue(), &DrawQueue::listChanged, this, &BranchesPanel::refresh);
    connect(&desk.queue(), &DrawQueue::changed, this, &BranchesPanel::refresh);
    connect(&Theme::instance(), &Theme::changed, m_tree, qOverload<>(&QWidget::update));
    refresh();
}

void BranchesPanel::refresh() {
    const DrawQueue& queue = m_desk.queue();
    m_branches = m_desk.drawing() ? branchesOf(queue, m_desk.picture()) : std::vector<Branch>();
    m_following = true;
    const int count = static_cast<int>(m_branches.size());
    while (m_list->count() > count) delete m_list->takeItem(m_list->count() - 1);
    while (m_list->count() < count) m_list->addItem(new QListWidgetItem);
    for (int i = 0; i < count; ++i) {
        const Branch& branch = m_branches[i];
        QListWidgetItem* item = m_list->item(i);
        const auto drawing = queue.find(branch.picture.drawing);
        const QString name = branchName(queue, m_branches, i);
        QString state;
        switch (drawing->state) {
            case Drawing::State::Waiting: state = tr("waiting"); break;
            case Drawing::State::Finished: state = tr("done"); break;
            case Drawing::State::Failed: state = tr("failed"); break;
            default: state = tr("%1 of %2").arg(branch.drawn).arg(branch.tokens); break;
        }
        const QString exchange = branchExchange(queue, branch);
        item->setData(Name, name);
        item->setData(State, state);
        item->setText(exchange.isEmpty() ? tr("%1, %2").arg(name, state) : tr("%1, %2, %3 at token %4").arg(name, state, exchange).arg(branch.from + 1));
        item->setToolTip(item->text());
        const bool picture = branch.picture.index < static_cast<int>(drawing->last.size()) && !drawing->last[branch.picture.index].image.empty();
        const QVariant shown = QVariantList{quint64(branch.picture.drawing), branch.picture.index, picture ? drawing->lastTokens : -1, int(drawing->state)};
        if (item->data(Shown) == shown) continue;
        item->setData(Shown, shown);
        item->setData(Image, picture ? imageOf(drawing->last[branch.picture.index]).scaled(kPicture * 2, kPicture * 2, Qt::KeepAspectRatio, Qt::SmoothTransformation) : QImage());
    }
    const auto current = std::ranges::find(m_branches, m_desk.picture(), &Branch::picture);
    m_list->setCurrentRow(current == m_branches.end() ? -1 : static_cast<int>(current - m_branches.begin()));
    m_following = false;
    m_stack->setFilled(count > 0);
    m_tree->update();
}

}  // namespace tessera::ui
