// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/codes/codes_panel.h"

#include <algorithm>
#include <utility>

#include <QAction>
#include <QClipboard>
#include <QGuiApplication>
#include <QHeaderView>
#include <QKeyEvent>
#include <QTableView>
#include <QVBoxLayout>

#include "bridge/engine_host.h"
#include "bridge/token_reader.h"
#include "panels/hint_stack.h"
#include "panels/stage/header_words.h"
#include "panels/table_painter.h"
#include "theme/icons.h"
#include "workspace/session.h"

namespace tessera::ui {
namespace {

class PanelTable : public QTableView {
public:
    explicit PanelTable(std::function<QString()> text) : m_text(std::move(text)) {}

protected:
    bool event(QEvent* event) override {
        if (event->type() == QEvent::ShortcutOverride && static_cast<QKeyEvent*>(event)->matches(QKeySequence::Copy)) {
            event->accept();
            return true;
        }
        return QTableView::event(event);
    }
    void keyPressEvent(QKeyEvent* event) override {
        if (event->matches(QKeySequence::Copy)) return QGuiApplication::clipboard()->setText(m_text());
        switch (event->key()) {
            case Qt::Key_Up:
            case Qt::Key_Down:
            case Qt::Key_PageUp:
            case Qt::Key_PageDown:
            case Qt::Key_Home:
            case Qt::Key_End: return QTableView::keyPressEvent(event);
            case Qt::Key_Return:
            case Qt::Key_Enter:
                if (currentIndex().isValid()) Q_EMIT activated(currentIndex());
                return;
            default: event->ignore();
        }
    }

private:
    std::function<QString()> m_text;
};

}  // namespace

CodesPanel::CodesPanel(CodeReaders& readers, QWidget* parent) : QWidget(parent), m_readers(readers) {
    Session& session = readers.session;
    for (const auto signal : {&Session::currentRowChanged, &Session::currentColumnChanged, &Session::columnsChanged, &Session::modelChanged}) connect(&session, signal, this, &CodesPanel::schedule);
    connect(&session, &Session::columnChanged, this, &CodesPanel::schedule);
    connect(&session, &Session::rowsInserted, this, &CodesPanel::schedule);
    connect(&session, &Session::rowsRemoved, this, &CodesPanel::schedule);
    // The view changes with every move of a picture, too.
    connect(&session, &Session::viewChanged, this, [this] {
        if (m_readers.session.view().tokens != m_shown) schedule();
    });
    connect(&readers.host, &EngineHost::modelChanged, this, &CodesPanel::schedule);
    connect(&readers.host, &EngineHost::stateChanged, this, &CodesPanel::schedule);
    connect(&readers.tokens, &TokenReader::changed, this, &CodesPanel::schedule);
}

CodesPanel::~CodesPanel() = default;

void CodesPanel::setContent(QWidget* content) {
    m_stack = new HintStack(content, QString(), this);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_stack);
}

void CodesPanel::schedule() {
    if (!isVisible() || std::exchange(m_scheduled, true)) return;
    const auto go = [this] {
        m_scheduled = false;
        present();
    };
    QMetaObject::invokeMethod(this, go, Qt::QueuedConnection);
}

void CodesPanel::present() {
    if (!isVisible()) return;
    m_shown = m_readers.session.view().tokens;
    const QString words = missing();
    m_stack->setFilled(words.isEmpty());
    m_stack->setHint(words);
    refresh();
}

void CodesPanel::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    watch(true);
    present();
}

void CodesPanel::hideEvent(QHideEvent* event) {
    QWidget::hideEvent(event);
    watch(false);
}

QString CodesPanel::missingModel() const {
    const ModelChoice& choice = m_readers.session.model();
    const ModelStatus& status = m_readers.host.modelOf(choice);
    if (m_readers.host.state() == EngineHost::State::Failed) return tr("The engine did not start:\nthere are no codes to show");
    if (status.error) return tr("%1 could not be opened").arg(modelName(choice, m_readers.host));
    if (!status.info) return tr("Codes are shown once the model is open");
    if (status.info->codes.depths() == 0) return tr("%1 has no codes:\nchoose a model that quantizes").arg(QString::fromStdString(status.info->name));
    return {};
}

QString CodesPanel::missing() const {
    const QString words = missingModel();
    if (!words.isEmpty()) return words;
    if (m_readers.session.rows().empty()) return tr("Open an image to see its codes");
    if (grid()) return {};
    if (m_readers.tokens.error()) return QString::fromStdString(toLine(*m_readers.tokens.error()));
    const Row* row = m_readers.session.find(m_readers.session.currentRow());
    if (row && row->error) return QString::fromStdString(toLine(*row->error));
    return tr("The codes are being read…");
}

std::shared_ptr<const TokenGrid> CodesPanel::grid() const {
    return m_readers.tokens.current();
}

TokenSelection CodesPanel::selection() const {
    const auto current = grid();
    return current ? onGrid(m_readers.session.view().tokens, current->rows, current->columns) : TokenSelection();
}

int CodesPanel::depth() const {
    const auto& model = m_readers.host.modelOf(m_readers.session.model()).info;
    return std::clamp(m_readers.session.view().tokens.depth, 0, std::max(model ? model->codes.depths() - 1 : 0, 0));
}

void CodesPanel::chooseDepth(int depth) {
    ViewState view = m_readers.session.view();
    view.tokens.depth = depth;
    m_readers.session.setView(view);
}

bool CodesPanel::chooseCode(int depth, std::int32_t code) {
    const auto current = grid();
    if (!current) return false;
    std::vector<TokenPlace> places = withCode(*current, depth, code);
    if (places.empty()) return false;
    ViewState view = m_readers.session.view();
    const TokenPlace first = places.front();
    view.tokens = {.rows = current->rows, .columns = current->columns, .cursor = first, .depth = depth, .chosen = std::move(places)};
    m_readers.session.setView(view);
    return true;
}

QTableView* makePanelTable(QAbstractItemModel* model, const QString& name, std::function<QString()> text) {
    auto* table = new PanelTable(std::move(text));
    table->setModel(model);
    dressTable(*table);
    table->setSelectionMode(QAbstractItemView::SingleSelection);
    // Never by their contents: there may be 16 384 lines.
    table->horizontalHeader()->setSectionResizeMode(QHeaderView::Stretch);
    table->setAccessibleName(name);
    return table;
}

QAction* makeCopyAction(QWidget* panel, const QString& name, const QString& toolTip, std::function<QString()> text) {
    auto* action = new QAction(themedIcon(QStringLiteral("copy")), name, panel);
    action->setToolTip(toolTip);
    QObject::connect(action, &QAction::triggered, panel, [text = std::move(text)] { QGuiApplication::clipboard()->setText(text()); });
    return action;
}

QString countWords(std::int64_t count) {
    QString digits = QString::number(count);
    for (qsizetype i = digits.size() - 3; i > 0; i -= 3) digits.insert(i, QChar(0x2009));
    return digits;
}

}  // namespace tessera::ui
