// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage/column_header.h"

#include <QActionGroup>
#include <QMenu>
#include <QPainter>
#include <QToolButton>

#include "theme/icons.h"
#include "workspace/difference_kind.h"

namespace tessera::ui {
namespace {

constexpr int kMargin = 8;

struct KindWords {
    const char *shown, *toolTip;
};

KindWords wordsOf(FieldMapping mapping) {
    switch (mapping) {
        case FieldMapping::Signed: return {QT_TRANSLATE_NOOP("tessera::ui::ColumnHeader", "signed"), QT_TRANSLATE_NOOP("tessera::ui::ColumnHeader", "Reconstruction less input, mean of the channels")};
        case FieldMapping::Squared: return {QT_TRANSLATE_NOOP("tessera::ui::ColumnHeader", "squared"), QT_TRANSLATE_NOOP("tessera::ui::ColumnHeader", "Squared error, mean of the channels: what PSNR counts")};
        case FieldMapping::Flip: return {QT_TRANSLATE_NOOP("tessera::ui::ColumnHeader", "FLIP"), QT_TRANSLATE_NOOP("tessera::ui::ColumnHeader", "How much a person sees when the two are flipped, 0 to 1")};
        case FieldMapping::Ssim: return {QT_TRANSLATE_NOOP("tessera::ui::ColumnHeader", "SSIM"), QT_TRANSLATE_NOOP("tessera::ui::ColumnHeader", "1 − SSIM: how unlike the structure is around each pixel, 0 where it is the same")};
        default: return {QT_TRANSLATE_NOOP("tessera::ui::ColumnHeader", "absolute"), QT_TRANSLATE_NOOP("tessera::ui::ColumnHeader", "Absolute error, mean of the channels")};
    }
}

}  // namespace

ColumnHeader::ColumnHeader(QWidget* parent) : QWidget(parent), m_legend(new LegendBar(this)) {
    setAttribute(Qt::WA_OpaquePaintEvent);
    m_legend->hide();
    connect(&Theme::instance(), &Theme::changed, this, [this] {
        place();
        update();
    });
}

void ColumnHeader::makeKindButton() {
    m_kind = new QToolButton(this);
    m_kind->setProperty("header", true);
    m_kind->setIcon(themedIcon(QStringLiteral("chevron-down")));
    m_kind->setIconSize({14, 14});
    m_kind->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_kind->setLayoutDirection(Qt::RightToLeft);  // the arrow after the word
    m_kind->setPopupMode(QToolButton::InstantPopup);
    m_kind->setFocusPolicy(Qt::TabFocus);
    auto* menu = new QMenu(m_kind);
    menu->setLayoutDirection(Qt::LeftToRight);
    menu->setToolTipsVisible(true);
    auto* group = new QActionGroup(menu);
    for (const DifferenceKind& kind : differenceKinds()) {
        const KindWords words = wordsOf(kind.mapping);
        QAction* action = menu->addAction(tr(words.shown));
        action->setToolTip(tr(words.toolTip));
        action->setCheckable(true);
        action->setData(QByteArray(kind.name.data(), qsizetype(kind.name.size())));
        group->addAction(action);
        connect(action, &QAction::triggered, this, [this, name = std::string(kind.name)] { Q_EMIT kindChosen(name); });
    }
    m_kind->setMenu(menu);
}

void ColumnHeader::setWords(const Words& words) {
    if (words == m_words) return;
    m_words = words;
    setToolTip(words.toolTip);
    setAccessibleName(words.lens.text() + QStringLiteral(", ") + words.parameter.text());
    m_legend->setVisible(words.legend.has_value());
    if (words.legend) m_legend->setWords(*words.legend);
    if (words.kind && !m_kind) makeKindButton();
    if (m_kind) {
        m_kind->setVisible(words.kind.has_value());
        const DifferenceKind& kind = differenceKind(words.kind.value_or(""));
        const KindWords shown = wordsOf(kind.mapping);
        m_kind->setText(tr(shown.shown));
        m_kind->setToolTip(tr(shown.toolTip));
        m_kind->setAccessibleName(tr("Kind of difference: %1").arg(tr(shown.shown)));
        for (QAction* action : m_kind->menu()->actions()) action->setChecked(action->data().toByteArray().toStdString() == kind.name);
    }
    place();
    update();
}

void ColumnHeader::setForm(int lensHeight, bool stacked) {
    m_lensHeight = lensHeight;
    m_stacked = stacked;
    place();
    update();
}

QRect ColumnHeader::lensRoom() const {
    return {0, 0, m_stacked ? width() / 2 : width(), m_lensHeight};
}

QRect ColumnHeader::parameterRoom() const {
    if (m_stacked) return {width() / 2, 0, width() - width() / 2, height()};
    return {0, m_lensHeight + size::kHeaderRule, width(), height() - m_lensHeight - size::kHeaderRule};
}

void ColumnHeader::place() {
    m_legend->setGeometry(parameterRoom());
    if (!m_kind) return;
    const QSize wanted = m_kind->sizeHint();
    const QRect room = lensRoom();
    const int height = std::min(wanted.height(), room.height());
    m_kind->setGeometry(room.right() + 1 - wanted.width() - 2, room.top() + (room.height() - height) / 2, wanted.width(), height);
}

void ColumnHeader::resizeEvent(QResizeEvent*) {
    place();
}

void ColumnHeader::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    const Tokens& t = tokens();
    painter.fillRect(rect(), t.header);
    if (!m_stacked) painter.fillRect(0, m_lensHeight, width(), size::kHeaderRule, t.canvas);
    QRect lens = lensRoom().adjusted(kMargin, 0, -kMargin, 0);
    if (m_kind && m_words.kind) lens.setRight(m_kind->x() - 4);
    m_words.lens.paint(painter, lens, TextSize::Table, WordRow::Priority::Left);
    if (!m_words.legend) m_words.parameter.paint(painter, parameterRoom().adjusted(kMargin, 0, -kMargin, 0), TextSize::Table, WordRow::Priority::Left);
}

}  // namespace tessera::ui
