// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/ranking_panel.h"

#include <algorithm>
#include <cmath>

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QScrollBar>
#include <QSignalBlocker>
#include <QSortFilterProxyModel>
#include <QTimer>
#include <QVBoxLayout>

#include "bridge/cell_board.h"
#include "bridge/engine_host.h"
#include "bridge/ranking_reader.h"
#include "models/images_model.h"
#include "panels/hint_stack.h"
#include "panels/image_list.h"
#include "panels/image_row_painter.h"
#include "panels/stage/header_words.h"
#include "panels/stage/number_words.h"
#include "theme/theme.h"
#include "workspace/prompts.h"
#include "workspace/session.h"

namespace tessera::ui {

/// The images that are scored, the most alike first; their second line is the score.
class RankingOrder : public QSortFilterProxyModel {
public:
    RankingOrder(const RankingReader& reader, ImagesModel* images, QObject* parent) : QSortFilterProxyModel(parent), m_reader(reader), m_images(images) {
        setSourceModel(images);
        sort(0);
    }
    void follow() { invalidate(); }

    QVariant data(const QModelIndex& index, int role) const override {
        if (role != ImagesModel::DetailRole && role != Qt::AccessibleTextRole) return QSortFilterProxyModel::data(index, role);
        const RankingReader::Score* score = scoreOf(mapToSource(index));
        if (!score) return {};
        const QString words = score->error ? QString::fromStdString(score->error->message) : tr("cosine %1").arg(score->cosine ? fixedNumber(*score->cosine, 3) : QStringLiteral("–"));
        return role == ImagesModel::DetailRole ? words : tr("%1, %2: %3").arg(index.row() + 1).arg(index.data().toString(), words);
    }

protected:
    bool filterAcceptsRow(int row, const QModelIndex& parent) const override { return scoreOf(m_images->index(row, 0, parent)) != nullptr; }
    bool lessThan(const QModelIndex& left, const QModelIndex& right) const override {
        const auto number = [this](const QModelIndex& index) {
            const RankingReader::Score* score = scoreOf(index);
            return score && score->cosine && std::isfinite(*score->cosine) ? *score->cosine : -INFINITY;
        };
        const double a = number(left), b = number(right);
        return a != b ? a > b : left.row() < right.row();
    }

private:
    const RankingReader::Score* scoreOf(const QModelIndex& index) const {
        const auto score = m_reader.scores().find(m_images->rowAt(index));
        return score == m_reader.scores().end() ? nullptr : &score->second;
    }

    const RankingReader& m_reader;
    ImagesModel* m_images;
};

RankingPanel::RankingPanel(Session& session, CellBoard& board, EngineHost& host, QWidget* parent)
    : QWidget(parent), m_session(session), m_board(board), m_host(host), m_reader(new RankingReader(session, host, board, this)), m_images(new ImagesModel(session, this)) {
    m_order = new RankingOrder(*m_reader, m_images, this);
    m_like = new QComboBox(this);
    m_like->setAccessibleName(tr("Alike to"));
    m_like->setToolTip(tr("What the images are held against: the current one, or a prompt of the board"));
    m_like->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_like->setMinimumContentsLength(12);
    m_about = new QLabel(this);
    m_about->setProperty("role", "second");
    m_about->setWordWrap(true);
    m_list = new ImageList(tr("Images, the most alike first"));
    m_list->setModel(m_order);
    m_list->setItemDelegate(new ImageRowPainter(session, m_list));
    m_stack = new HintStack(m_list, {}, this);

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 8, 0, 0);
    layout->setSpacing(8);
    auto* head = new QVBoxLayout;
    head->setContentsMargins(size::kDockMargin, 0, size::kDockMargin, 0);
    head->setSpacing(4);
    auto* row = new QHBoxLayout;
    row->setSpacing(8);
    auto* label = new QLabel(tr("Like"), this);
    label->setBuddy(m_like);
    row->addWidget(label);
    row->addWidget(m_like, 1);
    head->addLayout(row);
    head->addWidget(m_about);
    layout->addLayout(head);
    layout->addWidget(m_stack, 1);
    setFocusProxy(m_list);

    connect(m_like, &QComboBox::activated, this, [this](int index) { m_reader->setPrompt(m_like->itemData(index).toString().toStdString()); });
    connect(m_reader, &RankingReader::changed, this, &RankingPanel::showScores);
    const auto lead = [this](const QModelIndex& index) {
        if (index.isValid()) m_session.setCurrentRow(RowId{index.data(ImagesModel::RowIdRole).toULongLong()});
    };
    connect(m_list, &QListView::clicked, this, lead);
    connect(m_list, &QListView::activated, this, lead);
    connect(m_list->verticalScrollBar(), &QScrollBar::valueChanged, this, &RankingPanel::askForThumbnails);
    for (const auto signal : {&Session::columnsChanged, &Session::workspaceChanged, &Session::currentRowChanged}) connect(&session, signal, this, &RankingPanel::showChoices);
    connect(&session, &Session::columnChanged, this, &RankingPanel::showChoices);
    showChoices();
    showScores();
}

RankingPanel::~RankingPanel() = default;

void RankingPanel::showEvent(QShowEvent* event) {
    m_reader->watch(this, true);
    QWidget::showEvent(event);
}

void RankingPanel::hideEvent(QHideEvent* event) {
    m_reader->watch(this, false);
    QWidget::hideEvent(event);
}

/// The current image and the words of the board; a word that is gone gives way to the image.
void RankingPanel::showChoices() {
    const QSignalBlocker quiet(m_like);
    m_like->clear();
    const Row* row = m_session.find(m_session.currentRow());
    m_like->addItem(row ? tr("the current image, %1").arg(row->name) : tr("the current image"), QString());
    int chosen = 0;
    for (const std::string& word : promptsOf(m_session.groups())) {
        if (word == m_reader->prompt()) chosen = m_like->count();
        m_like->addItem(QStringLiteral("“%1”").arg(QString::fromStdString(word)), QString::fromStdString(word));
    }
    m_like->setCurrentIndex(chosen);
    if (chosen == 0) m_reader->setPrompt({});
}

void RankingPanel::showScores() {
    m_order->follow();
    const bool any = m_order->rowCount() > 0;
    m_stack->setFilled(any);
    const QString model = modelName(m_session.model(), m_host);
    const std::optional<Error> refusal = m_reader->refusal();
    if (refusal) {
        m_stack->setHint(tr("%1:\n%2").arg(model, QString::fromStdString(refusal->message)));
    } else if (m_reader->waiting()) {
        m_stack->setHint(tr("The images are being compared…"));
    } else {
        m_stack->setHint(m_session.rows().empty() ? tr("No images yet") : m_reader->prompt().empty() ? tr("More images,\nand they stand here in the order\nof how alike they are") : tr("No image can be compared"));
    }
    const auto scored = static_cast<int>(m_reader->scores().size());
    const int all = static_cast<int>(m_session.rows().size()) - (m_reader->prompt().empty() ? 1 : 0);
    m_about->setText(m_reader->waiting() ? tr("By %1, %2 of %3 images").arg(model).arg(scored).arg(all) : tr("By %1").arg(model));
    m_about->setVisible(any);
    QTimer::singleShot(0, this, &RankingPanel::askForThumbnails);
}

void RankingPanel::askForThumbnails() {
    if (!isVisible()) return;
    const QRect area = m_list->viewport()->rect();
    for (int line = m_order->rowCount() - 1; line >= 0; --line) {
        const QModelIndex index = m_order->index(line, 0);
        if (m_list->visualRect(index).intersects(area)) m_board.showInList(RowId{index.data(ImagesModel::RowIdRole).toULongLong()});
    }
}

}  // namespace tessera::ui
