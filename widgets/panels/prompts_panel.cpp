// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/prompts_panel.h"

#include <algorithm>

#include <QAction>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QTableView>
#include <QVBoxLayout>

#include "bridge/cell_wish.h"
#include "bridge/engine_host.h"
#include "models/prompts_model.h"
#include "panels/stage_probe.h"
#include "panels/table_painter.h"
#include "theme/icons.h"
#include "theme/theme.h"
#include "workspace/prompts.h"
#include "workspace/session.h"

namespace tessera::ui {

struct PromptsPanel::Private {
    Session& session;
    EngineHost& host;
    PromptsModel* model;
    QLineEdit* field;
    QTableView* table;
    QLabel* absence;
    QAction* remove;

    std::vector<std::string> words() const;
    bool hasTexts(const ModelChoice& choice) const;
    void put(const QString& what, const std::vector<std::string>& words);
    void add(const QString& text);
    void follow();
    void showTools();
    std::vector<int> chosen() const;
};

PromptsPanel::PromptsPanel(Session& session, EngineHost& host, QWidget* parent) : QWidget(parent), d(new Private{session, host}) {
    d->model = new PromptsModel(this);
    d->field = new QLineEdit(this);
    d->field->setPlaceholderText(tr("Add a word or a sentence"));
    d->field->setAccessibleName(tr("New prompt"));
    d->field->setToolTip(tr("Enter adds it; several are parted by |"));
    d->field->setClearButtonEnabled(true);
    d->table = new QTableView(this);
    d->table->setModel(d->model);
    dressTable(*d->table);
    d->table->setItemDelegateForColumn(PromptsModel::HereSection, new TablePainter(-1, -1, d->table, 4));
    d->table->setAccessibleName(tr("Prompts"));
    d->table->setSelectionMode(QAbstractItemView::ExtendedSelection);
    d->table->setEditTriggers(QAbstractItemView::DoubleClicked | QAbstractItemView::EditKeyPressed);
    d->table->horizontalHeader()->setSectionResizeMode(PromptsModel::PromptSection, QHeaderView::Stretch);
    d->table->horizontalHeader()->setSectionResizeMode(PromptsModel::HereSection, QHeaderView::ResizeToContents);
    d->table->setContextMenuPolicy(Qt::ActionsContextMenu);
    d->table->installEventFilter(this);
    d->remove = new QAction(themedIcon(QStringLiteral("close")), tr("Remove prompt"), this);
    d->table->addAction(d->remove);
    d->absence = new QLabel(this);
    d->absence->setWordWrap(true);
    d->absence->setProperty("role", "second");
    d->absence->setAccessibleName(tr("Models without a text tower"));

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 8, 0, 0);
    layout->setSpacing(8);
    for (QWidget* widget : {static_cast<QWidget*>(d->field), static_cast<QWidget*>(d->absence)}) {
        auto* row = new QHBoxLayout;
        row->setContentsMargins(size::kDockMargin, 0, size::kDockMargin, 0);
        row->addWidget(widget);
        layout->addLayout(row);
    }
    layout->addWidget(d->table, 1);

    connect(d->field, &QLineEdit::returnPressed, this, [this] {
        d->add(d->field->text());
        d->field->clear();
    });
    connect(d->remove, &QAction::triggered, this, &PromptsPanel::removeChosen);
    connect(d->table->selectionModel(), &QItemSelectionModel::selectionChanged, this, [this] { d->showTools(); });
    connect(d->model, &QAbstractItemModel::modelReset, this, [this] { d->showTools(); });
    connect(d->model, &PromptsModel::renamed, this, [this](int prompt, const QString& text) {
        std::vector<std::string> words = d->words();
        words[static_cast<std::size_t>(prompt)] = text.toStdString();
        d->put(tr("change prompt"), splitPrompts(joinedPrompts(words)));
    });
    for (const auto signal : {&Session::columnsChanged, &Session::workspaceChanged}) connect(&session, signal, this, [this] { d->follow(); });
    connect(&session, &Session::columnChanged, this, [this] { d->follow(); });
    connect(&host, &EngineHost::modelChanged, this, [this] { d->follow(); });
    connect(&host, &EngineHost::stateChanged, this, [this] { d->follow(); });
    d->follow();
}

PromptsPanel::~PromptsPanel() = default;

std::vector<std::string> PromptsPanel::Private::words() const {
    std::vector<std::string> found = promptsOf(session.groups());
    if (!found.empty()) return found;
    // What lenses start with.
    const LensInfo* lens = lensInfo(host, "text_similarity");
    if (!lens) return {};
    const auto spec = std::ranges::find(lens->parameters, "prompts", &ParameterSpec::name);
    return spec == lens->parameters.end() ? std::vector<std::string>() : splitPrompts(std::get<std::string>(spec->initial));
}

bool PromptsPanel::Private::hasTexts(const ModelChoice& choice) const {
    const auto& info = host.modelOf(choice).info;
    return !info || !info->denseMethods.empty();  // one that is being opened may well have
}

void PromptsPanel::Private::put(const QString& what, const std::vector<std::string>& words) {
    if (words.empty()) return;
    session.editColumns(what, withPrompts(session.groups(), words, [this](const ModelChoice& choice) { return hasTexts(choice); }, session.nextLensId()));
}

void PromptsPanel::Private::add(const QString& text) {
    std::vector<std::string> all = words();
    bool fresh = false;
    for (std::string& word : splitPrompts(text.toStdString())) {
        if (std::ranges::find(all, word) != all.end()) continue;
        all.push_back(std::move(word));
        fresh = true;
    }
    if (fresh) put(PromptsPanel::tr("add prompt"), all);
}

void PromptsPanel::Private::follow() {
    model->setPrompts(words());
    QStringList without;
    bool any = false;
    for (const ModelChoice& choice : modelsOf(session.groups())) {
        const auto& info = host.modelOf(choice).info;
        if (!info) continue;
        any = any || !info->denseMethods.empty();
        if (info->denseMethods.empty()) without << QString::fromStdString(info->name);
    }
    absence->setVisible(!without.isEmpty());
    const QString families = PromptsPanel::tr("Text towers come with the built-in tessera-mini, CLIP, SigLIP, OpenVision 1 to 3, UniTok and VILA-U.");
    absence->setText((any ? PromptsPanel::tr("Without a text tower: %1.") : PromptsPanel::tr("No text tower: %1.")).arg(without.join(QStringLiteral(", "))) + u' ' + families);
    showTools();
}

void PromptsPanel::Private::showTools() {
    remove->setEnabled(!chosen().empty() && chosen().size() < static_cast<std::size_t>(model->rowCount()));
}

std::vector<int> PromptsPanel::Private::chosen() const {
    std::vector<int> prompts;
    for (const QModelIndex& index : table->selectionModel()->selectedRows()) prompts.push_back(model->promptAt(index.row()));
    return prompts;
}

void PromptsPanel::addPrompt(const QString& sentence) {
    d->add(QString(sentence).replace(u'|', u' ').simplified());
}

void PromptsPanel::removeChosen() {
    const std::vector<int> chosen = d->chosen();
    const std::vector<std::string> words = d->words();
    std::vector<std::string> left;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (std::ranges::find(chosen, static_cast<int>(i)) == chosen.end()) left.push_back(words[i]);
    }
    if (left.size() < words.size()) d->put(tr("remove prompt"), left);
}

bool PromptsPanel::eventFilter(QObject* watched, QEvent* event) {
    const bool pressed = event->type() == QEvent::KeyPress || event->type() == QEvent::ShortcutOverride;
    if (pressed && static_cast<QKeyEvent*>(event)->key() == Qt::Key_Delete) {
        // Here it takes prompts off the board, and never images.
        event->accept();
        if (event->type() == QEvent::KeyPress && d->remove->isEnabled()) removeChosen();
        return true;
    }
    return QWidget::eventFilter(watched, event);
}

void PromptsPanel::setProbe(const StageProbe* probe) {
    std::optional<PromptsModel::Numbers> numbers;
    if (probe) {
        // The pointed column's, if it tells any; else those of the first that does.
        const auto tells = [this](const StageProbe::Value& value) {
            return value.present && std::ranges::any_of(value.readingNames, [this](const QString& name) { return d->model->prompts().contains(name); });
        };
        const auto pointed = probe->column < static_cast<int>(probe->values.size()) ? probe->values.begin() + std::max(0, probe->column) : probe->values.end();
        const auto value = pointed != probe->values.end() && tells(*pointed) ? pointed : std::ranges::find_if(probe->values, tells);
        if (value != probe->values.end()) numbers = PromptsModel::Numbers{value->readingNames, value->readings};
    }
    d->model->setNumbers(std::move(numbers));
}

}  // namespace tessera::ui
