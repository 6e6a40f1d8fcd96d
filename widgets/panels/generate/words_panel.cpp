// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/generate/words_panel.h"

#include <algorithm>
#include <cmath>

#include <QKeyEvent>
#include <QLabel>
#include <QMouseEvent>
#include <QPainter>
#include <QStyledItemDelegate>
#include <QVBoxLayout>

#include "generate/word_weights.h"
#include "panels/generate/row_list.h"
#include "panels/hint_stack.h"
#include "panels/stage/hint_button.h"
#include "panels/stage/legend_bar.h"
#include "panels/stage/number_words.h"
#include "panels/word_line.h"
#include "theme/theme.h"

namespace tessera::ui {
namespace {

constexpr int kRow = 28, kMargin = 12, kNumber = 56, kBar = 6, kLegend = 22;
enum Role { Word_ = Qt::UserRole, Gain, Reach };

QString gainWords(double gain) { return (gain > 0 ? QStringLiteral("+") : QString()) + fixedNumber(gain, 3); }

/// The word, a bar from the middle to either side as long as its gain, and the gain.
class WordPainter : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;
    QSize sizeHint(const QStyleOptionViewItem&, const QModelIndex&) const override { return {200, kRow}; }
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
        const Tokens& t = tokens();
        const QRect row = option.rect;
        const double gain = index.data(Gain).toDouble(), reach = std::max(1e-9, index.data(Reach).toDouble());
        painter->save();
        painter->fillRect(row, option.state & QStyle::State_Selected ? t.softSelection : t.dock);
        painter->setFont(Theme::instance().font(TextSize::Body));
        painter->setPen(t.text);
        const QRect word(row.left() + kMargin, row.top(), row.width() * 2 / 5 - kMargin, row.height());
        painter->drawText(word, Qt::AlignVCenter | Qt::AlignLeft, painter->fontMetrics().elidedText(index.data(Qt::DisplayRole).toString(), Qt::ElideRight, word.width()));
        const QRectF groove(word.right() + 8, row.center().y() - kBar / 2, std::max(16, row.right() - kNumber - kMargin - word.right() - 12), kBar);
        painter->setRenderHint(QPainter::Antialiasing);
        painter->setPen(Qt::NoPen);
        painter->setBrush(t.base);
        painter->drawRoundedRect(groove, 2, 2);
        const double length = groove.width() / 2 * std::clamp(std::abs(gain) / reach, 0.0, 1.0), middle = groove.center().x();
        painter->setBrush(gain >= 0 ? t.accent : t.second);
        painter->drawRoundedRect(QRectF(gain >= 0 ? middle : middle - length, groove.top(), length, kBar), 2, 2);
        painter->setRenderHint(QPainter::Antialiasing, false);
        painter->fillRect(QRectF(middle, groove.top() - 3, 1, kBar + 6), t.line);
        painter->setFont(Theme::instance().font(TextSize::Table));
        painter->setPen(t.text);
        painter->drawText(QRect(row.right() - kNumber - kMargin, row.top(), kNumber, row.height()), Qt::AlignVCenter | Qt::AlignRight, gainWords(gain));
        paintRowEnd(*painter, option);
        painter->restore();
    }
};

/// A click on the chosen word, or Space, takes its map away.
class WordList : public RowList {
protected:
    void keyPressEvent(QKeyEvent* event) override {
        if (event->key() == Qt::Key_Space) return setCurrentRow(-1);
        RowList::keyPressEvent(event);
    }
    void mousePressEvent(QMouseEvent* event) override {
        QListWidgetItem* item = itemAt(event->position().toPoint());
        if (event->button() == Qt::LeftButton && (!item || item->isSelected())) return setCurrentRow(-1);
        QListWidget::mousePressEvent(event);
    }
    void mouseDoubleClickEvent(QMouseEvent* event) override { mousePressEvent(event); }  // a quick second click is a click
};

}  // namespace

WordsPanel::WordsPanel(WordWeights& weights, QWidget* parent)
    : QWidget(parent), m_weights(weights), m_place(new WordLine), m_problem(new QLabel), m_bar(new LegendBar(this)),
      m_ask(new HintButton(QStringLiteral("search"), tr("Weigh the words"), {}, this)) {
    auto* list = new WordList;
    list->setRowPainter(new WordPainter);
    m_list = list;
    m_list->setObjectName(QStringLiteral("promptWords"));
    m_list->setAccessibleName(tr("The prompt's words by influence"));
    m_list->setToolTip(tr("How much likelier the word made the codes: their log probability with the whole prompt minus that without the word, in nat per token. A chosen word lies over the picture; choose it again, or press Space, to see the picture alone"));
    m_ask->setObjectName(QStringLiteral("weighWords"));
    m_problem->setObjectName(QStringLiteral("wordsProblem"));
    m_problem->setProperty("role", "errorTable");
    m_problem->setWordWrap(true);
    m_problem->hide();
    m_bar->setFixedHeight(kLegend);

    auto* content = new QWidget;
    auto* column = new QVBoxLayout(content);
    column->setContentsMargins(0, 8, 0, 0);
    column->setSpacing(8);
    auto* head = new QHBoxLayout;
    head->setContentsMargins(kMargin, 0, kMargin, 0);
    head->addWidget(m_place, 1);
    column->addLayout(head);
    column->addWidget(m_list, 1);
    column->addWidget(m_bar);
    m_stack = new HintStack(content, {}, this);
    auto* foot = new QVBoxLayout;
    foot->setContentsMargins(kMargin, 4, kMargin, 10);
    foot->addWidget(m_problem);
    foot->addWidget(m_ask);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_stack, 1);
    layout->addLayout(foot);

    connect(m_ask, &QPushButton::clicked, this, [this] {
        if (m_weights.isAsking()) m_weights.cancel();
        else m_weights.ask();
    });
    connect(m_list, &QListWidget::currentItemChanged, this, [this](const QListWidgetItem* item) {
        if (!m_following) m_weights.setWord(item ? item->data(Word_).toInt() : -1);
    });
    connect(&weights, &WordWeights::changed, this, &WordsPanel::refresh);
    refresh();
}

void WordsPanel::refresh() {
    using Role = Word::Role;
    const auto ranking = m_weights.ranking();
    const bool asking = m_weights.isAsking();
    const QString refusal = m_weights.refusal();
    m_ask->setText(asking ? tr("Stop, %1 %").arg(int(100 * m_weights.fraction())) : m_weights.known() && m_weights.known()->finished ? tr("Weigh again") : tr("Weigh the words"));
    m_ask->setEnabled(asking || refusal.isEmpty());
    m_ask->setToolTip(asking ? tr("What was reckoned stays") : refusal.isEmpty() ? tr("The model reads the picture once for every word") : refusal);
    m_problem->setText(m_weights.problem());
    m_problem->setVisible(!m_weights.problem().isEmpty());
    m_stack->setFilled(!ranking.empty());
    m_stack->setHint(!refusal.isEmpty() ? refusal : asking ? tr("The model reads the picture,\nonce for every word") : tr("Which words of the prompt\nthe picture owes its codes to"));
    const QRect part = m_weights.desk().part();
    m_place->setWords({{part.isEmpty() ? tr("the whole picture") : tr("%1 × %2 tokens chosen").arg(part.width()).arg(part.height()), Role::Value}, {tr("nat per token"), Role::Second}});
    double reach = 0;
    for (const auto& each : ranking) reach = std::max(reach, std::abs(each.gain));
    m_following = true;
    while (m_list->count() > static_cast<int>(ranking.size())) delete m_list->takeItem(m_list->count() - 1);
    while (m_list->count() < static_cast<int>(ranking.size())) m_list->addItem(new QListWidgetItem);
    int chosen = -1;
    for (int i = 0; i < m_list->count(); ++i) {
        const auto& each = ranking[static_cast<std::size_t>(i)];
        QListWidgetItem* item = m_list->item(i);
        item->setText(each.text);
        item->setData(Word_, each.word);
        item->setData(Gain, each.gain);
        item->setData(Reach, reach);
        item->setData(Qt::AccessibleTextRole, tr("%1: %2 nat per token").arg(each.text, gainWords(each.gain)));
        if (each.word == m_weights.word()) chosen = i;
    }
    m_list->setCurrentRow(chosen);
    m_following = false;
    const Legend legend = m_weights.desk().heatLegend();
    LegendBar::Words words;
    words.legend = legend;
    words.remark = words.shortRemark = tr("nat");
    words.explanation = tr("Red: the word made the token's codes likelier; blue: less likely");
    m_bar->setWords(words);
    m_bar->setVisible(chosen >= 0);
}

}  // namespace tessera::ui
