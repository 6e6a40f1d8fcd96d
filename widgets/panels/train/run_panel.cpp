// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/train/run_panel.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDateTime>
#include <QDir>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QToolButton>
#include <QVBoxLayout>

#include "bridge/qt_executor.h"
#include "theme/icons.h"
#include "theme/theme.h"

namespace tessera::ui {
namespace {

constexpr int kMostRecent = 12, kRowHeight = 44, kMostWords = 240;

QLabel* label(const QString& words, QWidget* buddy, const char* role = "second") {
    auto* label = new QLabel(words);
    label->setProperty("role", role);
    label->setBuddy(buddy);
    label->setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    return label;
}

QToolButton* button(const QString& icon, const QString& name) {
    auto* button = new QToolButton;
    button->setIcon(themedIcon(icon));
    button->setText(name);
    button->setAccessibleName(name);
    button->setToolTip(name);
    button->setFocusPolicy(Qt::TabFocus);
    return button;
}

/// Enter opens what is chosen; letters are the window's.
class RunList : public QListWidget {
protected:
    void keyPressEvent(QKeyEvent* event) override {
        switch (event->key()) {
            case Qt::Key_Return:
            case Qt::Key_Enter:
                if (currentItem()) Q_EMIT itemActivated(currentItem());
                return;
            case Qt::Key_Up:
            case Qt::Key_Down:
            case Qt::Key_Home:
            case Qt::Key_End: return QListWidget::keyPressEvent(event);
            default: event->ignore();
        }
    }
};

}  // namespace

QString recipeWords(const QString& path) {
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly)) return {};
    QStringList words;
    for (QString line : QString::fromUtf8(file.read(4096)).split(u'\n')) {
        line = line.trimmed();
        if (!line.startsWith(u'#')) break;
        line = line.mid(1).trimmed();
        if (!line.startsWith(QLatin1String("SPDX"))) words << line;
    }
    const QString text = words.join(u' ');
    return text.size() > kMostWords ? text.left(kMostWords) + u'…' : text;
}

RunPanel::RunPanel(TrainingRun& run, QWidget* parent)
    : QWidget(parent), m_run(run), m_recipes(new QComboBox), m_about(new QLabel), m_folder(new QLineEdit), m_smoke(new QCheckBox(tr("Smoke run"))), m_start(new QPushButton(tr("Start training"))),
      m_openRun(new QPushButton(themedIcon(QStringLiteral("folder")), tr("Open a run folder…"))), m_list(new RunList) {
    m_pool.setMaxThreadCount(1);
    m_recipes->setObjectName(QStringLiteral("recipe"));
    m_recipes->setAccessibleName(tr("Recipe"));
    m_recipes->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_recipes->setMinimumContentsLength(12);
    m_recipes->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    m_about->setProperty("role", "secondTable");
    m_about->setWordWrap(true);
    m_about->setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Maximum);
    m_folder->setObjectName(QStringLiteral("runFolder"));
    m_folder->setAccessibleName(tr("Folder of the run"));
    m_smoke->setObjectName(QStringLiteral("smoke"));
    m_smoke->setToolTip(tr("The recipe's own small version of itself: seconds, to see that it runs and learns"));
    m_start->setObjectName(QStringLiteral("start"));
    m_start->setDefault(true);
    m_list->setObjectName(QStringLiteral("recentRuns"));
    m_list->setAccessibleName(tr("Recent runs"));
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->setTextElideMode(Qt::ElideMiddle);
    m_list->setWordWrap(false);
    QToolButton* openRecipe = button(QStringLiteral("folder"), tr("Open a recipe…"));
    QToolButton* openFolder = button(QStringLiteral("folder"), tr("Choose the folder of the run…"));

    const auto line = [](QWidget* field, QWidget* side) {
        auto* row = new QHBoxLayout;
        row->setContentsMargins(0, 0, 0, 0);
        row->setSpacing(4);
        row->addWidget(field, 1);
        row->addWidget(side);
        return row;
    };
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(size::kDockMargin, 10, size::kDockMargin, 10);
    column->setSpacing(4);
    column->addWidget(label(tr("Recipe"), m_recipes));
    column->addLayout(line(m_recipes, openRecipe));
    column->addWidget(m_about);
    column->addSpacing(8);
    column->addWidget(label(tr("Folder of the run"), m_folder));
    column->addLayout(line(m_folder, openFolder));
    column->addSpacing(8);
    column->addWidget(m_smoke);
    column->addSpacing(8);
    column->addWidget(m_start);
    column->addSpacing(16);
    m_recentHead = label(tr("Recent runs"), m_list);
    column->addWidget(m_recentHead);
    column->addWidget(m_list, 100);
    column->addStretch(1);  // without runs
    column->addWidget(m_openRun);
    setFocusProxy(m_recipes);

    connect(m_recipes, &QComboBox::currentIndexChanged, this, &RunPanel::showRecipe);
    connect(m_smoke, &QCheckBox::toggled, this, &RunPanel::suggestFolder);
    connect(m_folder, &QLineEdit::textChanged, this, &RunPanel::showState);
    connect(openRecipe, &QToolButton::clicked, this, &RunPanel::recipeWanted);
    connect(openFolder, &QToolButton::clicked, this, &RunPanel::folderWanted);
    connect(m_openRun, &QPushButton::clicked, this, &RunPanel::runWanted);
    connect(m_start, &QPushButton::clicked, this, &RunPanel::startRequested);
    const auto choose = [this](const QListWidgetItem* item) { Q_EMIT runChosen(item->data(Qt::UserRole).toString()); };
    connect(m_list, &QListWidget::itemActivated, this, choose);
    connect(m_list, &QListWidget::itemClicked, this, choose);
    connect(&run, &TrainingRun::stateChanged, this, [this] {
        if (!m_run.isBusy()) suggestFolder();
        showState();
        readRecent();
    });
    connect(&run, &TrainingRun::folderChanged, this, &RunPanel::showState);
    showRecipe();
}

void RunPanel::setRecipesFolder(const QString& folder) {
    for (const QFileInfo& file : QDir(folder).entryInfoList({QStringLiteral("*.toml"), QStringLiteral("*.yaml"), QStringLiteral("*.json")}, QDir::Files, QDir::Name)) {
        if (m_recipes->findData(file.absoluteFilePath()) < 0) m_recipes->addItem(file.completeBaseName(), file.absoluteFilePath());
    }
    showRecipe();
}

void RunPanel::setRunsFolder(const QString& folder) {
    m_runsFolder = folder;
    suggestFolder();
}

void RunPanel::setRecipe(const QString& path) {
    if (path.isEmpty()) return;
    const QFileInfo file(path);
    int index = m_recipes->findData(file.absoluteFilePath());
    if (index < 0) {
        m_recipes->addItem(tr("%1, in %2").arg(file.completeBaseName(), file.dir().dirName()), file.absoluteFilePath());
        index = m_recipes->count() - 1;
    }
    m_recipes->setCurrentIndex(index);
}

QString RunPanel::recipe() const {
    return m_recipes->currentData().toString();
}

void RunPanel::setSmoke(bool smoke) {
    m_smoke->setChecked(smoke);
}

bool RunPanel::isSmoke() const {
    return m_smoke->isChecked();
}

QString RunPanel::folder() const {
    const QString text = m_folder->text().trimmed();
    return text.startsWith(QLatin1String("~/")) ? QDir::homePath() + text.mid(1) : text;
}

void RunPanel::setFolder(const QString& path) {
    m_folder->setText(path);
}

TrainingOrder RunPanel::order() const {
    return {.recipe = recipe(), .folder = QFileInfo(folder()).absoluteFilePath(), .smoke = isSmoke()};
}

void RunPanel::suggestFolder() {
    // One that a person chose stays, until a run lies there.
    if (m_folder->text() != m_suggested && !QFileInfo::exists(QDir(folder()).filePath(QStringLiteral("recipe.json")))) return;
    if (m_runsFolder.isEmpty() || recipe().isEmpty()) return;
    QString name = QFileInfo(recipe()).completeBaseName() + QDateTime::currentDateTime().toString(QStringLiteral(" yyyy-MM-dd HH.mm"));
    if (isSmoke()) name += tr(" smoke");
    QString path = QDir(m_runsFolder).filePath(name);
    for (int i = 2; QFileInfo::exists(path); ++i) path = QDir(m_runsFolder).filePath(QStringLiteral("%1 (%2)").arg(name).arg(i));
    m_suggested = path;
    m_folder->setText(path);
    m_folder->setToolTip(path);
}

void RunPanel::setRecent(const QStringList& folders) {
    m_recent = folders;
    readRecent();
}

void RunPanel::note(const QString& folder) {
    m_recent.removeAll(folder);
    m_recent.prepend(folder);
    while (m_recent.size() > kMostRecent) m_recent.removeLast();
    readRecent();
}

void RunPanel::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    suggestFolder();
    readRecent();
}

void RunPanel::showRecipe() {
    const QString path = recipe(), words = path.isEmpty() ? tr("No recipe was found: open one, or drop it on the window") : recipeWords(path);
    m_about->setText(words);
    m_about->setVisible(!words.isEmpty());
    m_recipes->setToolTip(path);
    suggestFolder();
    showState();
}

void RunPanel::showState() {
    const bool busy = m_run.isBusy();
    m_start->setEnabled(!busy && !recipe().isEmpty() && !folder().isEmpty());
    m_start->setToolTip(busy ? tr("A training is going on: pause or stop it first") : recipe().isEmpty() ? tr("Choose a recipe first") : folder().isEmpty() ? tr("Choose a folder first") : QString());
    Q_EMIT orderChanged();
}

void RunPanel::readRecent() {
    m_recentHead->setVisible(!m_recent.isEmpty());
    m_list->setVisible(!m_recent.isEmpty());
    if (!isVisible()) return;
    m_pool.start([this, ticket = ++m_ticket, folders = m_recent, executor = guiExecutor(this)] {
        auto lines = std::make_shared<std::vector<std::pair<QString, QString>>>();  // folder, words
        for (const QString& folder : folders) {
            const RunFacts facts = readRunFacts(std::filesystem::path(folder.toStdString()));
            if (facts.begun) lines->emplace_back(folder, runStateWords(facts));
        }
        executor([this, ticket, lines] {
            if (ticket != m_ticket) return;
            const QString chosen = m_list->currentItem() ? m_list->currentItem()->data(Qt::UserRole).toString() : m_run.folder();
            m_list->clear();
            for (const auto& [folder, words] : *lines) {
                auto* item = new QListWidgetItem(QStringLiteral("%1\n%2").arg(QFileInfo(folder).fileName(), words), m_list);
                item->setData(Qt::UserRole, folder);
                item->setToolTip(folder);
                item->setSizeHint({0, kRowHeight});
                if (folder == chosen) m_list->setCurrentItem(item);
            }
            m_recentHead->setVisible(!lines->empty());
            m_list->setVisible(!lines->empty());
        });
    });
}

}  // namespace tessera::ui
