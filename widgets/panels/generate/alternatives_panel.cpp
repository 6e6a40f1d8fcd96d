// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/generate/alternatives_panel.h"

#include <algorithm>
#include <utility>

#include <QAction>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QStyledItemDelegate>
#include <QVBoxLayout>

#include "bridge/code_pictures.h"
#include "bridge/engine_host.h"
#include "generate/draw_desk.h"
#include "panels/fact_list.h"
#include "panels/generate/drawn_canvas.h"
#include "panels/generate/row_list.h"
#include "panels/hint_stack.h"
#include "panels/stage/hint_button.h"
#include "panels/stage/number_words.h"
#include "panels/word_line.h"
#include "theme/theme.h"

namespace tessera::ui {
namespace {

constexpr int kRow = 36, kPicture = 28, kMargin = 12, kRank = 22, kCode = 52, kPercent = 58, kBar = 6;
enum Role { Code = Qt::UserRole, Probability, Drawn, Image };

/// Rank, picture of the codeword, code, a bar as long as it is likely, percent.
class AlternativePainter : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;
    QSize sizeHint(const QStyleOptionViewItem&, const QModelIndex&) const override { return {200, kRow}; }
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
        const Tokens& t = tokens();
        const bool chosen = option.state & QStyle::State_Selected, drawn = index.data(Drawn).toBool();
        const QRect row = option.rect;
        painter->save();
        painter->fillRect(row, chosen ? t.softSelection : t.dock);
        if (drawn) painter->fillRect(QRect(row.left(), row.top(), 2, row.height()), t.accent);
        painter->setFont(Theme::instance().font(TextSize::Table));
        painter->setPen(t.second);
        int x = row.left() + kMargin;
        painter->drawText(QRect(x, row.top(), kRank - 8, row.height()), Qt::AlignVCenter | Qt::AlignRight, QString::number(index.row() + 1));
        x += kRank;
        const QRect picture(x, row.top() + (kRow - kPicture) / 2, kPicture, kPicture);
        painter->fillRect(picture, t.canvas);
        if (const auto image = index.data(Image).value<QImage>(); !image.isNull()) {
            painter->setRenderHint(QPainter::SmoothPixmapTransform);
            painter->drawImage(picture, image);
        }
        x += kPicture + 4;
        painter->setFont(Theme::instance().font(TextSize::Body));
        painter->setPen(t.text);
        painter->drawText(QRect(x, row.top(), kCode, row.height()), Qt::AlignVCenter | Qt::AlignRight, QString::number(index.data(Code).toInt()));
        x += kCode + 8;
        const double share = index.data(Probability).toDouble();
        const QRectF groove(x, row.center().y() - kBar / 2, std::max(16, row.right() - kPercent - kMargin - x), kBar);
        painter->setRenderHint(QPainter::Antialiasing);
        painter->setPen(Qt::NoPen);
        painter->setBrush(t.base);
        painter->drawRoundedRect(groove, 2, 2);
        painter->setBrush(t.accent);
        painter->drawRoundedRect(QRectF(groove.topLeft(), QSizeF(groove.width() * share, kBar)), 2, 2);
        painter->setPen(t.text);
        painter->drawText(QRect(row.right() - kPercent - kMargin, row.top(), kPercent, row.height()), Qt::AlignVCenter | Qt::AlignRight, fixedNumber(100 * share, 1) + QStringLiteral(" %"));
        paintRowEnd(*painter, option);
        painter->restore();
    }
};

/// Enter forks.
class AlternativeList : public RowList {
protected:
    void keyPressEvent(QKeyEvent* event) override {
        if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) QListWidget::keyPressEvent(event);
        else RowList::keyPressEvent(event);
    }
};

}  // namespace

AlternativesPanel::AlternativesPanel(DrawDesk& desk, CodePictures& pictures, QAction* fork, QWidget* parent)
    : QWidget(parent), m_desk(desk), m_pictures(pictures), m_left(new WordLine), m_right(new WordLine), m_code(new QSpinBox), m_facts(new FactList) {
    auto* list = new AlternativeList;
    list->setRowPainter(new AlternativePainter);
    m_list = list;
    m_list->setObjectName(QStringLiteral("alternatives"));
    m_list->setAccessibleName(tr("Alternatives"));
    m_code->setObjectName(QStringLiteral("forkCode"));
    m_code->setAccessibleName(tr("Code that the fork takes"));
    m_code->setToolTip(tr("Any code of this depth's codebook; a click on an alternative puts it here"));
    m_code->setButtonSymbols(QAbstractSpinBox::NoButtons);
    m_code->setAlignment(Qt::AlignRight);
    m_facts->setAccessibleName(tr("How this code was chosen"));
    m_right->setAlignment(Qt::AlignRight);
    auto* button = new HintButton(QStringLiteral("branch"), fork->iconText(), {}, this);
    button->setObjectName(QStringLiteral("forkHere"));
    button->setDefault(true);
    const auto follow = [button, fork] {
        button->setText(fork->iconText());
        button->setKeys(fork->shortcut().toString(QKeySequence::NativeText));
        button->setEnabled(fork->isEnabled());
        button->setToolTip(fork->toolTip());
    };
    connect(fork, &QAction::changed, button, follow);
    connect(button, &QPushButton::clicked, fork, &QAction::trigger);
    follow();

    auto* content = new QWidget;
    auto* column = new QVBoxLayout(content);
    column->setContentsMargins(0, 8, 0, 10);
    column->setSpacing(8);
    auto* head = new QHBoxLayout;
    head->setContentsMargins(kMargin, 0, kMargin, 0);
    head->addWidget(m_left, 1);
    head->addWidget(m_right);
    column->addLayout(head);
    column->addWidget(m_list, 1);
    auto* row = new QHBoxLayout;
    row->setContentsMargins(kMargin, 0, kMargin, 0);
    row->setSpacing(8);
    auto* label = new QLabel(tr("Code"));
    label->setProperty("role", "second");
    label->setBuddy(m_code);
    row->addWidget(label);
    row->addWidget(m_code);
    row->addWidget(button, 1);
    column->addLayout(row);
    auto* facts = new QHBoxLayout;
    facts->setContentsMargins(kMargin, 0, kMargin, 0);
    facts->addWidget(m_facts);
    column->addLayout(facts);
    m_stack = new HintStack(content, {}, this);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_stack);

    connect(m_list, &QListWidget::currentRowChanged, this, [this](int index) {
        if (index >= 0) m_code->setValue(m_list->item(index)->data(Code).toInt());
    });
    connect(m_list, &QListWidget::itemActivated, fork, &QAction::trigger);
    connect(m_code, &QSpinBox::valueChanged, this, &AlternativesPanel::codeChanged);
    connect(&desk, &DrawDesk::pictureChanged, this, &AlternativesPanel::refresh);
    connect(&desk, &DrawDesk::placeChanged, this, &AlternativesPanel::refresh);
    connect(&desk.queue(), &DrawQueue::listChanged, this, &AlternativesPanel::wantPictures);
    connect(&pictures, &CodePictures::arrived, this, &AlternativesPanel::showPictures);
    refresh();
}

AlternativesPanel::~AlternativesPanel() {
    m_pictures.want(this, {});
}

int AlternativesPanel::code() const {
    return m_forks ? m_code->value() : -1;
}

void AlternativesPanel::refresh() {
    const auto drawing = m_desk.drawing();
    const bool peeks = m_desk.hovered() >= 0 && m_desk.hovered() != m_desk.token();
    const int token = peeks ? m_desk.hovered() : m_desk.token(), depth = m_desk.depth();
    const auto entryOf = [&](int which) { return drawing ? traceAt(*drawing, m_desk.picture().index, which, depth) : std::nullopt; };
    const auto entry = entryOf(token);
    m_forks = entryOf(m_desk.token()).has_value();
    const QString context = drawing && token >= 0 ? tr("%1 · d = %2").arg(tokenPlaceWords(m_desk, token)).arg(depth + 1) : QString();
    if (std::exchange(m_context, context) != context) Q_EMIT contextChanged(context);
    const bool filled = entry.has_value();
    if (!filled) m_stack->setHint(m_desk.forkRefusal().isEmpty() ? tr("Click a token of the picture\nto see what else was likely there") : m_desk.forkRefusal());
    m_stack->setFilled(filled);
    const QString shown = entry ? QStringLiteral("%1 %2 %3 %4").arg(quint64(m_desk.picture().drawing)).arg(m_desk.picture().index).arg(token).arg(depth) : QString();
    if (shown == m_shown && (peeks || shown == m_codeFor)) return;  // what was drawn does not change
    m_shown = shown;
    m_list->clear();
    wantPictures();
    if (!entry) return Q_EMIT codeChanged();
    using Kind = Word::Role;
    m_left->setWords({{tr("drawn:"), Kind::Second}, {tr("rank %1, code %2").arg(entry->rank).arg(entry->code), Kind::Value}});
    m_right->setWords({{tr("entropy"), Kind::Second}, {tr("%1 bit").arg(fixedNumber(entry->entropy, 2)), Kind::Value}});
    const auto& model = m_desk.host().modelOf(drawing->model).info;
    const bool known = model && depth < model->codes.depths(), fresh = !peeks && std::exchange(m_codeFor, shown) != shown;
    const QSignalBlocker blocker(m_code), still(m_list);
    if (fresh) m_code->setRange(0, known ? model->codes.codebookSizes[depth] - 1 : 1 << 24);
    for (std::size_t i = 0; i < entry->alternatives.size(); ++i) {
        const auto& each = entry->alternatives[i];
        auto* item = new QListWidgetItem(tr("%1: code %2, %3 %").arg(i + 1).arg(each.code).arg(fixedNumber(100 * each.probability, 1)) + (each.code == entry->code ? tr(", drawn") : QString()), m_list);
        item->setData(Code, each.code);
        item->setData(Probability, each.probability);
        item->setData(Drawn, each.code == entry->code);
    }
    // The likeliest that was not drawn is what a fork most likely wants.
    const auto other = std::ranges::find_if(entry->alternatives, [&](const auto& each) { return each.code != entry->code; });
    if (fresh) m_code->setValue(other != entry->alternatives.end() ? other->code : entry->code);
    const auto chosen = peeks ? other : std::ranges::find_if(entry->alternatives, [&](const auto& each) { return each.code == m_code->value(); });
    if (chosen != entry->alternatives.end()) m_list->setCurrentRow(static_cast<int>(chosen - entry->alternatives.begin()));
    std::vector<Fact> facts;
    if (entry->gain) facts.push_back({tr("Guided − unguided"), tr("%1%2 nat").arg(*entry->gain > 0 ? QStringLiteral("+") : QString(), fixedNumber(*entry->gain, 2)), {}});
    facts.push_back({tr("Probability of the draw"), tr("%1 %").arg(fixedNumber(100 * entry->probability, 1)), {}});
    facts.push_back({tr("Log-likelihood so far"), tr("%1 nat").arg(fixedNumber(logLikelihoodBefore(*drawing, m_desk.picture().index, token), 1)), {}});
    QStringList codes;
    const Generation& drawn = drawing->drawn;
    for (int d = 0; d < drawn.depths; ++d) codes << QString::number(drawn.pictures[m_desk.picture().index].codes[static_cast<std::size_t>(token) * drawn.depths + d]);
    facts.push_back({tr("Codes of this token"), codes.join(QStringLiteral(" ")), codes.join(QStringLiteral(" "))});
    m_facts->setFacts(std::move(facts));
    showPictures();
    Q_EMIT codeChanged();
}

/// Decoding competes with drawing: nothing is asked for while something is drawn.
void AlternativesPanel::wantPictures() {
    std::vector<DepthCode> codes;
    if (isVisible() && !m_desk.queue().running() && hasPictures()) {
        for (int i = 0; i < m_list->count(); ++i) codes.push_back({m_desk.depth(), m_list->item(i)->data(Code).toInt()});
    }
    m_pictures.want(this, std::move(codes));
}

/// They are of the board's model.
bool AlternativesPanel::hasPictures() const {
    const auto drawing = m_desk.drawing();
    return drawing && drawing->model == m_desk.host().choice();
}

void AlternativesPanel::showPictures() {
    if (!hasPictures()) return;
    for (int i = 0; i < m_list->count(); ++i) {
        QListWidgetItem* item = m_list->item(i);
        if (item->data(Image).value<QImage>().isNull()) item->setData(Image, m_pictures.of({m_desk.depth(), item->data(Code).toInt()}));
    }
    wantPictures();
}

void AlternativesPanel::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    wantPictures();
}

void AlternativesPanel::hideEvent(QHideEvent* event) {
    QWidget::hideEvent(event);
    wantPictures();
}

}  // namespace tessera::ui
