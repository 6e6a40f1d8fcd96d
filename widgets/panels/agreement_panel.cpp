// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/agreement_panel.h"

#include <algorithm>

#include <QAbstractTableModel>
#include <QAction>
#include <QHeaderView>
#include <QLabel>
#include <QPainter>
#include <QStyledItemDelegate>
#include <QTableView>
#include <QVBoxLayout>

#include <tessera/colour_map.h>

#include "bridge/agreement_reader.h"
#include "bridge/engine_host.h"
#include "models/table_text.h"
#include "panels/codes/codes_panel.h"
#include "panels/hint_stack.h"
#include "panels/stage/header_words.h"
#include "panels/stage/number_words.h"
#include "panels/table_painter.h"
#include "theme/theme.h"
#include "workspace/session.h"

namespace tessera::ui {
namespace {

constexpr const char* kLens = "encoder_agreement";

}  // namespace

/// A line per model and, after its name, a section per model.
class AgreementModel : public QAbstractTableModel {
public:
    enum Role { ShareRole = Qt::UserRole };  ///< double 0..1: the number that is drawn as a colour; invalid if there is none

    AgreementModel(const AgreementReader& reader, const EngineHost& host, QObject* parent) : QAbstractTableModel(parent), m_reader(reader), m_host(host) {}

    void follow() {
        const AgreementMatrix& matrix = m_reader.matrix();
        QStringList names;
        for (const ModelChoice& model : matrix.models) names << modelLabel(model, m_host);
        if (names == m_names) {
            if (!names.isEmpty()) Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, columnCount() - 1));
            return;
        }
        beginResetModel();
        m_names = names;
        endResetModel();
    }

    int rowCount(const QModelIndex& parent = {}) const override { return parent.isValid() ? 0 : static_cast<int>(m_names.size()); }
    int columnCount(const QModelIndex& parent = {}) const override { return parent.isValid() ? 0 : static_cast<int>(m_names.size()) + 1; }

    QVariant data(const QModelIndex& index, int role) const override {
        if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
        const int own = index.row(), other = index.column() - 1;
        if (other < 0) return role == Qt::DisplayRole || role == Qt::ToolTipRole ? QVariant(m_names[own]) : QVariant();
        if (role == Qt::TextAlignmentRole) return int(Qt::AlignCenter);
        if (own == other) return role == Qt::DisplayRole ? QVariant(QStringLiteral("–")) : role == Qt::ToolTipRole ? QVariant(tr("The same model")) : QVariant();
        const auto pair = m_reader.matrix().pairs.find(std::minmax(own, other));
        if (pair == m_reader.matrix().pairs.end()) return role == Qt::DisplayRole ? QVariant(QStringLiteral("…")) : QVariant();
        const bool above = other > own;
        const std::optional<double> number = above ? pair->second.cka : pair->second.neighbours;
        switch (role) {
            case Qt::DisplayRole: return number ? fixedNumber(*number, 3) : QStringLiteral("–");
            case ShareRole: return number ? QVariant(std::clamp(*number, 0.0, 1.0)) : QVariant();
            case Qt::ToolTipRole: return toolTip(own, other, above, pair->second);
            case Qt::AccessibleTextRole: return tr("%1 of %2 and %3: %4").arg(above ? tr("Linear CKA") : tr("Shared neighbours"), m_names[own], m_names[other], number ? fixedNumber(*number, 3) : tr("none"));
            default: return {};
        }
    }

    QVariant headerData(int section, Qt::Orientation orientation, int role) const override {
        if (orientation != Qt::Horizontal) return {};
        if (role == Qt::TextAlignmentRole) return int(section == 0 ? Qt::AlignLeft | Qt::AlignVCenter : Qt::AlignCenter);
        if (role == Qt::ToolTipRole && section == 0) return tr("Above the diagonal: linear CKA of both models' tokens, 1 if they are the same up to rotation and scale.\n"
                                                               "Below: of each token's nearest others, the share on which both models agree.");
        if (role != Qt::DisplayRole && role != Qt::ToolTipRole) return {};
        return section == 0 ? tr("CKA \\ neighbours") : m_names.value(section - 1);
    }

private:
    QString toolTip(int own, int other, bool above, const AgreementMatrix::Pair& pair) const {
        if (pair.error) return QString::fromStdString(toLine(*pair.error));
        QString words = above ? tr("Linear CKA of the tokens of %1 and %2") : tr("Of each token's nearest others, the share on which %1 and %2 agree");
        words = words.arg(m_names[own], m_names[other]);
        if (!pair.notes.isEmpty()) words += u'\n' + pair.notes;
        return words + u'\n' + tr("Double-click maps it in a column of its own");
    }

    const AgreementReader& m_reader;
    const EngineHost& m_host;
    QStringList m_names;
};

namespace {

/// A cell in the colour of its share.
class SharePainter : public TablePainter {
public:
    explicit SharePainter(QObject* parent) : TablePainter(-1, -1, parent, 8) {}

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
        const QVariant share = index.data(AgreementModel::ShareRole);
        if (!share.isValid()) return TablePainter::paint(painter, option, index);
        const auto [r, g, b] = colourOf(ColourMap::Viridis, share.toDouble());
        const QColor ground(r, g, b), ink = contrast(ground, Qt::black) > contrast(ground, Qt::white) ? Qt::black : Qt::white;
        painter->save();
        painter->fillRect(option.rect, ground);
        if (option.state & QStyle::State_Selected) {
            painter->setPen(QPen(ink, 2));
            painter->drawRect(option.rect.adjusted(1, 1, -1, -1));
        }
        painter->setPen(ink);
        painter->setFont(Theme::instance().font(TextSize::Table));
        painter->drawText(option.rect, Qt::AlignCenter, index.data().toString());
        painter->restore();
    }
};

}  // namespace

AgreementPanel::AgreementPanel(Session& session, CellBoard& board, EngineHost& host, QWidget* parent)
    : QWidget(parent), m_session(session), m_host(host), m_reader(new AgreementReader(session, host, board, this)), m_model(new AgreementModel(*m_reader, host, this)) {
    auto* content = new QWidget;
    m_table = makePanelTable(m_model, tr("Agreement of encoders"), [this] { return tabSeparated(*m_model); });
    m_table->setSelectionBehavior(QAbstractItemView::SelectItems);
    m_table->setAlternatingRowColors(false);
    m_table->setItemDelegate(new SharePainter(m_table));
    m_about = new QLabel;
    m_about->setProperty("role", "second");
    m_about->setContentsMargins(8, 4, 8, 4);
    auto* column = new QVBoxLayout(content);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_table, 1);
    column->addWidget(m_about);
    m_stack = new HintStack(content, {}, this);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_stack);
    setFocusProxy(m_table);
    m_copy = makeCopyAction(this, tr("Copy agreement"), tr("The matrix, as CSV"), [this] { return commaSeparated(*m_model); });
    connect(m_reader, &AgreementReader::changed, this, &AgreementPanel::refresh);
    connect(&host, &EngineHost::modelChanged, this, &AgreementPanel::refresh);
    const auto add = [this](const QModelIndex& index) {
        if (index.column() > 0 && index.column() - 1 != index.row()) addColumn(index.row(), index.column() - 1);
    };
    connect(m_table, &QTableView::doubleClicked, this, add);
    connect(m_table, &QTableView::activated, this, add);
    refresh();
}

AgreementPanel::~AgreementPanel() = default;

void AgreementPanel::showEvent(QShowEvent* event) {
    m_reader->watch(this, true);
    QWidget::showEvent(event);
}

void AgreementPanel::hideEvent(QHideEvent* event) {
    m_reader->watch(this, false);
    QWidget::hideEvent(event);
}

void AgreementPanel::refresh() {
    m_model->follow();
    const AgreementMatrix& matrix = m_reader->matrix();
    const bool any = matrix.models.size() > 1;
    m_copy->setEnabled(any);
    m_stack->setFilled(any);
    m_stack->setHint(m_session.rows().empty() ? tr("No images yet") : tr("How far encoders see an image alike:\nadd a second model to the board"));
    const Row* row = m_session.find(matrix.row);
    m_about->setText(row ? tr("%1: linear CKA above the diagonal, shared nearest neighbours below").arg(row->name) : QString());
}

/// The pair's column is shown where the board has it, else added to the first model's group.
void AgreementPanel::addColumn(int own, int other) {
    const AgreementMatrix& matrix = m_reader->matrix();
    const ModelChoice &model = matrix.models[static_cast<std::size_t>(own)], &with = matrix.models[static_cast<std::size_t>(other)];
    const auto shows = [&](const Column& column) { return column.lens == kLens && column.model == model && column.with && !column.with->row && column.with->model == with; };
    const auto find = [&] { return static_cast<int>(std::ranges::find_if(m_session.columns(), shows) - m_session.columns().begin()); };
    if (find() == static_cast<int>(m_session.columns().size())) {
        Groups groups = m_session.groups();
        const auto group = std::ranges::find_if(groups, [&](const ModelGroup& each) { return each.model == model; });
        if (group == groups.end()) return;
        group->lenses.push_back({.id = LensColumnId{m_session.nextLensId()++}, .lens = kLens, .parameters = {}, .with = Companion{.row = {}, .model = with}});
        m_session.editColumns(tr("map agreement"), std::move(groups));
    }
    if (find() < static_cast<int>(m_session.columns().size())) m_session.setCurrentColumn(find());
}

}  // namespace tessera::ui
