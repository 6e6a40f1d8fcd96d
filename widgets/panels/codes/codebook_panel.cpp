// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/codes/codebook_panel.h"

#include <utility>

#include <QAction>
#include <QEvent>
#include <QHeaderView>
#include <QItemSelectionModel>
#include <QKeyEvent>
#include <QLineEdit>
#include <QScrollBar>
#include <QTableView>
#include <QVBoxLayout>

#include "bridge/token_reader.h"
#include "models/codebook_model.h"
#include "models/table_text.h"
#include "panels/codes/patch_painter.h"
#include "panels/labelled_combo.h"
#include "panels/stage/number_words.h"
#include "panels/word_line.h"
#include "theme/icons.h"
#include "theme/theme.h"
#include "workspace/session.h"

namespace tessera::ui {
namespace {

constexpr int kPictureWidth = 36, kCellPadding = 8;

}  // namespace

CodebookPanel::CodebookPanel(CodeReaders& readers, QWidget* parent) : CodesPanel(readers, parent) {
    const CodebookModel::Lookups lookups{
        .picture = [this](std::int32_t code) { return m_readers.pictures.of({depth(), code}); },
        .neighbour =
            [this](std::int32_t code) {
                const auto codebooks = m_readers.codebooks.read();
                return codebooks ? m_readers.maths.neighbourOf(codebooks->of(depth()), code) : std::nullopt;
            },
    };
    m_model = new CodebookModel(lookups, this);
    setContent(makeBody());
    setFocusProxy(m_table);
    connectParts();
}

CodebookPanel::~CodebookPanel() {
    watch(false);
}

QWidget* CodebookPanel::makeBody() {
    m_find = new QLineEdit;
    m_find->setPlaceholderText(tr("Find a code"));
    m_find->setAccessibleName(tr("Find a code"));
    m_find->setToolTip(tr("Codes whose number begins with these digits, whether they are used or not; Enter goes to the first"));
    m_find->addAction(themedIcon(QStringLiteral("search")), QLineEdit::LeadingPosition);
    m_find->setClearButtonEnabled(true);
    m_which = new LabelledCombo(QString());
    m_which->setAccessibleName(tr("Which codes"));
    m_which->setToolTip(tr("Which codes are listed"));
    m_which->addItems({tr("in image"), tr("in library"), tr("dead"), tr("all")});  // in the order of CodebookModel::Show
    auto* head = new QHBoxLayout;
    head->setContentsMargins(8, 4, 8, 4);
    head->setSpacing(8);
    head->addWidget(m_find, 1);
    head->addWidget(m_which);

    m_table = makePanelTable(m_model, tr("Codebook"), [this] { return text(); });
    m_table->setItemDelegate(new PatchPainter(CodebookModel::PatchRole, {CodebookModel::PictureSection}, CodebookModel::UnitRole, -1, m_table, kCellPadding));
    m_table->verticalHeader()->setDefaultSectionSize(PatchPainter::kRow);
    m_table->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_table->setAccessibleDescription(tr("Enter gives the code to the tokens that were chosen before"));
    QHeaderView* header = m_table->horizontalHeader();
    header->setProperty("compact", true);
    header->setMinimumSectionSize(28);
    header->setSectionResizeMode(CodebookModel::PictureSection, QHeaderView::Fixed);
    header->resizeSection(CodebookModel::PictureSection, kPictureWidth);
    header->setResizeContentsPrecision(0);  // by the lines in sight
    header->setSectionResizeMode(CodebookModel::NearestSection, QHeaderView::ResizeToContents);
    header->setSortIndicator(CodebookModel::ImageSection, Qt::DescendingOrder);
    m_table->setSortingEnabled(true);

    m_counts = new WordLine;
    m_measures = new WordLine;
    auto* foot = new QVBoxLayout;
    foot->setContentsMargins(size::kDockMargin, 4, size::kDockMargin, 6);
    foot->setSpacing(2);
    foot->addWidget(m_counts);
    foot->addWidget(m_measures);

    auto* body = new QWidget;
    auto* layout = new QVBoxLayout(body);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addLayout(head);
    layout->addWidget(m_table, 1);
    layout->addLayout(foot);
    return body;
}

void CodebookPanel::connectParts() {
    m_copy = makeCopyAction(this, tr("Copy codebook"), tr("The codes listed, as tab-separated text"), [this] { return text(); });
    m_apply = new QAction(tr("Give code to chosen tokens (Enter)"), this);
    m_table->setContextMenuPolicy(Qt::ActionsContextMenu);
    m_table->addActions({m_apply, m_copy});
    connect(m_apply, &QAction::triggered, this, [this] { apply(m_table->currentIndex().row()); });
    connect(m_table, &QTableView::activated, this, [this](const QModelIndex& index) { apply(index.row()); });
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this](const QModelIndex& index) {
        if (!m_showing && index.isValid()) choose(index.row());
    });
    // The line that is chosen already selects its tokens again.
    connect(m_table, &QTableView::clicked, this, [this](const QModelIndex& index) { choose(index.row()); });
    connect(m_find, &QLineEdit::textChanged, this, &CodebookPanel::filter);
    connect(m_find, &QLineEdit::returnPressed, this, [this] {
        if (m_model->rowCount() == 0) return;
        m_table->setFocus(Qt::OtherFocusReason);
        m_table->selectRow(0);
    });
    connect(m_which, &QComboBox::currentIndexChanged, this, &CodebookPanel::filter);
    const auto look = [this] { lookAtVisible(); };
    connect(m_table->verticalScrollBar(), &QScrollBar::valueChanged, this, look);
    connect(m_model, &QAbstractItemModel::modelReset, this, look);
    connect(m_model, &QAbstractItemModel::layoutChanged, this, look);
    m_table->viewport()->installEventFilter(this);
    m_table->installEventFilter(this);
    connect(&m_readers.codebooks, &CodebookReader::answered, this, &CodebookPanel::schedule);
    connect(&m_readers.library, &LibraryCodes::changed, this, &CodebookPanel::schedule);
    connect(&m_readers.pictures, &CodePictures::arrived, this, [this] {
        m_table->viewport()->update();
        lookAtVisible();
    });
    connect(&m_readers.maths, &CodewordMaths::neighboursFound, this, [this] {
        if (!isVisible()) return;
        m_showing = true;
        m_model->lookAgain();
        m_showing = false;
    });
}

/// Digits over the list look for a code: elsewhere they are the window's keys.
bool CodebookPanel::findByDigit(QKeyEvent& event) {
    const bool bare = (event.modifiers() & ~Qt::KeypadModifier) == 0;
    if (!bare || event.key() < Qt::Key_0 || event.key() > Qt::Key_9) return false;
    event.accept();
    if (event.type() == QEvent::ShortcutOverride) return true;
    m_find->setFocus(Qt::OtherFocusReason);
    m_find->setText(QString::number(event.key() - Qt::Key_0));
    return true;
}

bool CodebookPanel::eventFilter(QObject* object, QEvent* event) {
    const bool key = event->type() == QEvent::ShortcutOverride || event->type() == QEvent::KeyPress;
    if (object == m_table && key) return findByDigit(static_cast<QKeyEvent&>(*event));
    if (object == m_table->viewport() && event->type() == QEvent::Resize) lookAtVisible();
    return CodesPanel::eventFilter(object, event);
}

void CodebookPanel::watch(bool seen) {
    m_readers.library.watch(this, seen);
    if (seen) return lookAtVisible();
    m_readers.pictures.want(this, {});
    m_readers.maths.wantNeighbours({}, {}, false);
}

QString CodebookPanel::missing() const {
    const QString words = missingModel();
    if (!words.isEmpty()) return words;
    if (m_readers.codebooks.read()) return {};
    if (m_readers.codebooks.error()) return QString::fromStdString(toLine(*m_readers.codebooks.error()));
    return tr("The codebook is being read…");
}

void CodebookPanel::refresh() {
    const auto codebooks = m_readers.codebooks.read();
    Q_EMIT contextChanged(codebooks ? tr("depth %1").arg(depth() + 1) : QString());
    m_copy->setEnabled(codebooks != nullptr);
    if (!codebooks) return;
    const TokenSelection& tokens = m_readers.session.view().tokens;
    if (tokens != m_own) m_target = tokens;
    m_asked = m_asked && !m_target.any();
    const Codewords& book = codebooks->of(depth());
    m_use = {};
    if (const auto current = grid()) {
        CodeStatistics statistics(current->layout);
        statistics.add(shownCodes(*current));
        if (depth() < statistics.depths()) m_use = statistics.depth(depth());
    }
    // Readers follow another model one after the other: counts of the one before do not fit.
    const CodeStatistics& library = m_readers.library.statistics();
    const bool counted = library.pictures() > 0 && depth() < library.depths();
    const auto fitting = [&](const std::vector<std::int64_t>& counts) { return static_cast<int>(counts.size()) == book.count ? counts : std::vector<std::int64_t>(); };
    m_showing = true;
    m_model->setCodes(book, fitting(m_use.counts), counted ? fitting(library.depth(depth()).counts) : std::vector<std::int64_t>());
    showLine();
    m_showing = false;
    showWords();
    lookAtVisible();
}

/// The code that was chosen here, else that of the token under the cursor.
void CodebookPanel::showLine() {
    const TokenSelection chosen = selection();
    const auto current = grid();
    std::int32_t code = m_chosen;
    if (m_readers.session.view().tokens != m_own) {
        if (!current || !chosen.any()) return;
        code = current->codes[current->at(chosen.cursor.row, chosen.cursor.column, depth())];
    }
    const int line = m_model->lineOf(code);
    if (line < 0) return m_table->selectionModel()->clear();
    if (m_table->currentIndex().row() == line && m_table->selectionModel()->isRowSelected(line)) return;
    m_table->selectionModel()->setCurrentIndex(m_model->index(line, 0), QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
}

void CodebookPanel::showWords() {
    const CodeStatistics& library = m_readers.library.statistics();
    const LibraryCodes::Coverage coverage = m_readers.library.coverage();
    std::vector<Word> counts, measures;
    if (m_use.total > 0) {
        counts.push_back({tr("%1 codes in this image").arg(countWords(m_use.used())), Word::Role::Second});
        measures = {{tr("perplexity"), Word::Role::Second}, {fixedNumber(m_use.perplexity(), 1)}, {tr("entropy"), Word::Role::Second}, {tr("%1 bit").arg(fixedNumber(m_use.entropy(), 2))}};
    }
    if (coverage.rows > 0 && !coverage.complete()) {
        counts.push_back({tr("· %1 of %2 images counted").arg(coverage.read + coverage.failed).arg(coverage.rows), Word::Role::Second});
    } else if (library.pictures() > 0 && depth() < library.depths()) {
        counts.push_back({tr("· %1 unused in library").arg(countWords(library.depth(depth()).unused())), Word::Role::Second});
    }
    if (coverage.failed > 0) counts.push_back({tr("· %1 failed").arg(coverage.failed), Word::Role::Warning});
    if (counts.empty()) counts.push_back({tr("%1 codes").arg(countWords(m_readers.codebooks.read()->of(depth()).count)), Word::Role::Second});
    if (m_asked) counts = {{tr("Choose tokens in the picture first"), Word::Role::Warning}};
    m_counts->setWords(std::move(counts));
    m_measures->setWords(std::move(measures));
    m_measures->setToolTip(tr("Of this image's codes at depth %1; all depths stand side by side in the panel Depths").arg(depth() + 1));
}

void CodebookPanel::filter() {
    m_showing = true;
    m_model->setFilter(static_cast<CodebookModel::Show>(m_which->currentIndex()), m_find->text().trimmed());
    m_showing = false;
}

/// Once per turn of the event loop: a scroll bar that is dragged passes many lines.
void CodebookPanel::lookAtVisible() {
    if (!isVisible() || std::exchange(m_looking, true)) return;
    const auto look = [this] {
        m_looking = false;
        const auto codebooks = m_readers.codebooks.read();
        if (!isVisible() || !codebooks || m_model->rowCount() == 0) return;
        const int first = std::max(m_table->rowAt(0), 0), bottom = m_table->rowAt(m_table->viewport()->height() - 1), last = bottom < 0 ? m_model->rowCount() - 1 : bottom;
        std::vector<std::int32_t> codes;
        std::vector<DepthCode> pictures;
        for (int line = first; line <= last; ++line) {
            codes.push_back(m_model->codeAt(line));
            pictures.push_back({depth(), codes.back()});
        }
        m_readers.pictures.want(this, std::move(pictures));
        m_readers.maths.wantNeighbours(codebooks->of(depth()), std::move(codes), m_model->sortSection() == CodebookModel::NearestSection);
    };
    QMetaObject::invokeMethod(this, look, Qt::QueuedConnection);
}

void CodebookPanel::choose(int line) {
    m_chosen = m_model->codeAt(line);
    if (!chooseCode(depth(), m_chosen)) return;
    m_own = m_readers.session.view().tokens;
}

void CodebookPanel::apply(int line) {
    const auto current = grid();
    if (!current || line < 0) return;
    m_chosen = m_model->codeAt(line);
    TokenSelection target = onGrid(m_target, current->rows, current->columns);
    if (m_asked = !target.any(); m_asked) return showWords();
    target.depth = depth();
    const Session& session = m_readers.session;
    TokenEditPointer edit = withCodeAt(*current, target.places(), target.depth, m_chosen);
    m_readers.session.editTokens(tr("set tokens to code %1").arg(m_chosen), session.currentRow(), session.model(), std::move(edit));
    // The tokens that have it now are seen, not all that ever had it.
    ViewState view = session.view();
    view.tokens = target;
    m_own = target;
    m_readers.session.setView(view);
}

QString CodebookPanel::text() const {
    return tabSeparated(*m_model);
}

}  // namespace tessera::ui
