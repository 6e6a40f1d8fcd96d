// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/strip.h"

#include <array>
#include <cmath>

#include <QActionGroup>
#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QToolButton>

#include "panels/stage/linked_sign.h"
#include "panels/stage/number_field.h"
#include "panels/stage/parameter_slider.h"
#include "panels/stage_view.h"
#include "panels/strip_parameters.h"
#include "theme/icons.h"
#include "theme/theme.h"
#include "workspace/session.h"

namespace tessera::ui {
namespace {

constexpr int kStepsPerStop = 10, kMostStops = 8, kOnionSteps = 100;
constexpr double kMostGain = 1024;

QLabel* nameOf(const QString& text, QWidget* control, QWidget* parent) {
    auto* label = new QLabel(text, parent);
    label->setBuddy(control);
    control->setAccessibleName(text);
    return label;
}

struct ModeWords {
    canvas::Compare compare;
    const char *icon, *name, *toolTip, *action;
};
constexpr ModeWords kModes[] = {
    {canvas::Compare::None, "side-by-side", QT_TRANSLATE_NOOP("tessera::ui::Strip", "Side by side"), QT_TRANSLATE_NOOP("tessera::ui::Strip", "Every cell by itself"), "sideBySide"},
    {canvas::Compare::Wipe, "wipe", QT_TRANSLATE_NOOP("tessera::ui::Strip", "Wipe"), QT_TRANSLATE_NOOP("tessera::ui::Strip", "The reference at the other side of a line that can be dragged"), "wipe"},
    {canvas::Compare::Onion, "onion", QT_TRANSLATE_NOOP("tessera::ui::Strip", "Onion skin"), QT_TRANSLATE_NOOP("tessera::ui::Strip", "The reference shines through"), "onion"},
    {canvas::Compare::Difference, "plus-minus", QT_TRANSLATE_NOOP("tessera::ui::Strip", "Difference"), QT_TRANSLATE_NOOP("tessera::ui::Strip", "From the reference, cell by cell"), "differenceOfCells"},
};

struct RangeWords {
    FieldRange range;
    const char *name, *text, *toolTip;
};
constexpr RangeWords kRanges[] = {
    {FieldRange::Declared, QT_TRANSLATE_NOOP("tessera::ui::Strip", "declared"), QT_TRANSLATE_NOOP("tessera::ui::Strip", "As the Lens Declares"), QT_TRANSLATE_NOOP("tessera::ui::Strip", "The range that the lens declares: colours mean the same in all rows")},
    {FieldRange::Column, QT_TRANSLATE_NOOP("tessera::ui::Strip", "column"), QT_TRANSLATE_NOOP("tessera::ui::Strip", "One per Column"), QT_TRANSLATE_NOOP("tessera::ui::Strip", "What the cells of a column hold together")},
    {FieldRange::Cell, QT_TRANSLATE_NOOP("tessera::ui::Strip", "each"), QT_TRANSLATE_NOOP("tessera::ui::Strip", "Each Cell Its Own"), QT_TRANSLATE_NOOP("tessera::ui::Strip", "Every picture its own: not to be compared by colour")},
};

struct SamplingWords {
    canvas::Sampling sampling;
    const char *name, *toolTip;
};
constexpr SamplingWords kSamplings[] = {
    {canvas::Sampling::Automatic, QT_TRANSLATE_NOOP("tessera::ui::Strip", "Automatic Sampling"), QT_TRANSLATE_NOOP("tessera::ui::Strip", "Bilinear, from 200 % on every pixel as a square")},
    {canvas::Sampling::Nearest, QT_TRANSLATE_NOOP("tessera::ui::Strip", "Nearest"), QT_TRANSLATE_NOOP("tessera::ui::Strip", "Every pixel as a square")},
    {canvas::Sampling::Bilinear, QT_TRANSLATE_NOOP("tessera::ui::Strip", "Bilinear"), QT_TRANSLATE_NOOP("tessera::ui::Strip", "Between pixels, values are mixed")},
};

struct WayWords {
    FieldMapping way;
    const char* name;
};
constexpr WayWords kWays[] = {{FieldMapping::Absolute, QT_TRANSLATE_NOOP("tessera::ui::Strip", "absolute")},
                              {FieldMapping::Signed, QT_TRANSLATE_NOOP("tessera::ui::Strip", "signed")},
                              {FieldMapping::Squared, QT_TRANSLATE_NOOP("tessera::ui::Strip", "squared")}};

}  // namespace

Strip::Strip(Session& session, CellBoard& board, EngineHost& host, StageView& stage, QWidget* parent)
    : QWidget(parent), m_session(session), m_stage(stage), m_parameters(new StripParameters(session, board, host, this)) {
    setObjectName(QStringLiteral("strip"));
    setAttribute(Qt::WA_StyledBackground);
    setAccessibleName(tr("View"));
    setFixedHeight(std::max(size::kStrip, QFontMetrics(Theme::instance().font(TextSize::Table)).height() + 18));
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(8, 0, 8, 0);
    layout->setSpacing(8);
    layout->setSizeConstraint(QLayout::SetNoConstraint);
    makeCompare();
    layout->addWidget(rule());
    makeZoom();
    makeParameters();
    layout->addStretch();
    layout->addWidget(rule());
    makeRange();
    makeExposure();
    connect(&session, &Session::viewChanged, this, &Strip::showView);
    connect(&stage, &StageView::viewChanged, this, &Strip::showView);
    showView();
}

QHBoxLayout& Strip::row() {
    return *static_cast<QHBoxLayout*>(layout());
}

template <typename Change>
void Strip::change(const Change& change) {
    ViewState view = m_session.view();
    change(view);
    m_session.setView(view);
}

QToolButton* Strip::toggle(const QString& icon, const QString& name, const QString& toolTip) {
    auto* button = new QToolButton(this);
    button->setProperty("small", true);
    button->setIcon(themedIcon(icon));
    button->setIconSize({14, 14});
    button->setCheckable(true);
    button->setFocusPolicy(Qt::TabFocus);
    button->setAccessibleName(name);
    button->setToolTip(name + u'\n' + toolTip);
    return button;
}

QWidget* Strip::rule() {
    auto* rule = new QFrame(this);
    rule->setProperty("role", "rule");
    rule->setFixedSize(1, 20);
    return rule;
}

void Strip::makeCompare() {
    auto* modes = new QHBoxLayout;
    modes->setSpacing(4);
    for (const ModeWords& words : kModes) {
        QToolButton* button = toggle(QLatin1String(words.icon), tr(words.name), tr(words.toolTip));
        button->setProperty("keysOf", QLatin1String(words.action));
        connect(button, &QToolButton::clicked, this, [this, compare = words.compare] {
            change([compare](ViewState& view) { view.compare = compare; });
            showView();  // a press on the checked one leaves it checked
        });
        modes->addWidget(button);
        m_modes.push_back(button);
    }
    row().addLayout(modes);
    m_onion = new ParameterSlider(0, kOnionSteps, kOnionSteps / 2, this);
    m_onion->setAccessibleName(tr("Opacity of the reference"));
    m_onion->setToolTip(tr("Opacity of the reference; double click for a half"));
    m_onion->setMaximumWidth(96);
    connect(m_onion, &QSlider::valueChanged, this, [this](int value) { change([value](ViewState& view) { view.onion = float(value) / kOnionSteps; }); });
    m_differenceBy = new QComboBox(this);
    for (const WayWords& words : kWays) m_differenceBy->addItem(tr(words.name), int(words.way));
    m_differenceBy->setAccessibleName(tr("Kind of difference"));
    m_differenceBy->setToolTip(tr("Mean over the channels: of sizes, with sign, of squares"));
    m_differenceBy->setProperty("keysOf", QStringLiteral("falseColour"));
    connect(m_differenceBy, &QComboBox::activated, this, [this](int index) {
        change([way = kWays[index].way](ViewState& view) { view.differenceBy = way; });
    });
    row().addWidget(m_onion);
    row().addWidget(m_differenceBy);
}

void Strip::makeZoom() {
    m_linked = new LinkedSign(this);
    m_fit = toggle(QStringLiteral("fit"), tr("Fit"), tr("The whole pictures in their cells"));
    m_fit->setProperty("keysOf", QStringLiteral("fit"));
    m_actual = toggle(QStringLiteral("actual-size"), tr("100 %"), tr("A pixel of the model's input is a pixel of the screen"));
    m_actual->setProperty("keysOf", QStringLiteral("actualSize"));
    m_zoom = new NumberField({.low = 0.1, .high = 25600, .step = 10, .decimals = 0, .unit = QStringLiteral("%"), .longest = QStringLiteral("25600 %")}, this);
    m_zoomLabel = nameOf(tr("Zoom"), m_zoom, this);
    m_zoom->setToolTip(tr("Device pixels for each pixel of the model's input (+, −)"));
    for (QWidget* widget : {m_linked, static_cast<QWidget*>(m_zoomLabel), static_cast<QWidget*>(m_zoom), static_cast<QWidget*>(m_fit), static_cast<QWidget*>(m_actual)}) row().addWidget(widget);
    connect(m_fit, &QToolButton::clicked, this, [this] {
        m_stage.fit();
        showView();
    });
    connect(m_actual, &QToolButton::clicked, this, [this] {
        m_stage.actualSize();
        showView();
    });
    connect(m_zoom, &NumberField::committed, this, [this](double percent) { m_stage.setZoom(percent / 100); });
}

void Strip::makeParameters() {
    m_parametersRule = rule();
    row().addWidget(m_parametersRule);
    m_more = toggle(QStringLiteral("sliders"), tr("More parameters"), tr("All of them stand in the panel Adjust"));
    m_more->setCheckable(false);
    row().addWidget(m_more);
    connect(m_more, &QToolButton::clicked, this, &Strip::allParametersRequested);
    const auto place = [this] {
        m_parameters->addTo(row(), row().indexOf(m_parametersRule) + 1);
        makeRoom();
    };
    connect(m_parameters, &StripParameters::changed, this, place);
    m_parameters->addTo(row(), row().indexOf(m_parametersRule) + 1);
}

void Strip::makeRange() {
    m_range = new QToolButton(this);
    m_range->setProperty("choice", true);
    m_range->setIcon(themedIcon(QStringLiteral("chevron-down")));
    m_range->setIconSize({14, 14});
    m_range->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_range->setLayoutDirection(Qt::RightToLeft);  // the arrow after the word
    m_range->setPopupMode(QToolButton::InstantPopup);
    m_range->setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    m_range->setFocusPolicy(Qt::TabFocus);
    auto* menu = new QMenu(m_range);
    menu->setLayoutDirection(Qt::LeftToRight);
    menu->setToolTipsVisible(true);
    fillRangeMenu(*menu);
    m_range->setMenu(menu);
    m_logarithmic = toggle(QStringLiteral("logarithm"), tr("Logarithmic colours"), tr("Small values of scalar pictures are spread out"));
    m_logarithmic->setProperty("keysOf", QStringLiteral("logarithmic"));
    m_clipping = toggle(QStringLiteral("clipping"), tr("Clipping marks"), tr("Stripes over what lies beyond the range"));
    m_clipping->setProperty("keysOf", QStringLiteral("clipping"));
    connect(m_logarithmic, &QToolButton::clicked, m_logarithmicEntry, &QAction::trigger);
    connect(m_clipping, &QToolButton::clicked, m_clippingEntry, &QAction::trigger);
    m_gain = new NumberField({.low = 1 / kMostGain, .high = kMostGain, .step = 0.5, .decimals = -1, .unit = QStringLiteral("×"), .longest = QStringLiteral("0.125 ×")}, this);
    m_gainLabel = nameOf(tr("Gain"), m_gain, this);
    m_gain->setToolTip(tr("Factor of scalar pictures and differences before their colours (X, Shift+X)"));
    connect(m_gain, &NumberField::committed, this, [this](double gain) { change([gain](ViewState& view) { view.gain = static_cast<float>(gain); }); });
    for (QWidget* widget : {static_cast<QWidget*>(m_range), static_cast<QWidget*>(m_logarithmic), static_cast<QWidget*>(m_clipping), static_cast<QWidget*>(m_gainLabel), static_cast<QWidget*>(m_gain)}) row().addWidget(widget);
}

void Strip::fillRangeMenu(QMenu& menu) {
    const auto choice = [&](QActionGroup* group, const char* text, const char* toolTip, auto change) {
        QAction* action = menu.addAction(tr(text));
        action->setToolTip(tr(toolTip));
        action->setCheckable(true);
        if (group) group->addAction(action);
        connect(action, &QAction::triggered, this, [this, change](bool on) { this->change([&](ViewState& view) { change(view, on); }); });
        return action;
    };
    auto* ranges = new QActionGroup(&menu);
    for (const RangeWords& words : kRanges) m_ranges.push_back(choice(ranges, words.text, words.toolTip, [range = words.range](ViewState& view, bool) { view.range = range; }));
    menu.addSeparator();
    m_logarithmicEntry = choice(nullptr, QT_TR_NOOP("Logarithmic Colours"), QT_TR_NOOP("Small values of scalar pictures are spread out"), [](ViewState& view, bool on) { view.logarithmic = on; });
    m_clippingEntry = choice(nullptr, QT_TR_NOOP("Clipping Marks"), QT_TR_NOOP("Stripes over what lies beyond the range"), [](ViewState& view, bool on) { view.clipping = on; });
    menu.addSeparator();
    auto* samplings = new QActionGroup(&menu);
    for (const SamplingWords& words : kSamplings) m_samplings.push_back(choice(samplings, words.name, words.toolTip, [sampling = words.sampling](ViewState& view, bool) { view.sampling = sampling; }));
    menu.addSeparator();
    m_values = choice(nullptr, QT_TR_NOOP("Pixel Values"), QT_TR_NOOP("Numbers in pixels that are large enough"), [](ViewState& view, bool on) { view.values = on; });
    // Whoever has the actions adds their keys.
    m_ranges[1]->setProperty("keysOf", QStringLiteral("columnRange"));
    m_ranges[2]->setProperty("keysOf", QStringLiteral("normalise"));
    m_logarithmicEntry->setProperty("keysOf", QStringLiteral("logarithmic"));
    m_clippingEntry->setProperty("keysOf", QStringLiteral("clipping"));
    m_values->setProperty("keysOf", QStringLiteral("values"));
}

void Strip::makeExposure() {
    m_exposureSlider = new ParameterSlider(-kMostStops * kStepsPerStop, kMostStops * kStepsPerStop, 0, this);
    m_exposureSlider->setMaximumWidth(140);
    m_exposure = new NumberField({.low = -kMostStops, .high = kMostStops, .step = 0.1, .decimals = 1, .unit = tr("EV"), .longest = tr("−8.0 EV")}, this);
    m_exposureLabel = nameOf(tr("Exposure"), m_exposureSlider, this);
    m_exposure->setAccessibleName(tr("Exposure in stops"));
    m_exposure->setToolTip(tr("Colour pictures, in linear light"));
    m_exposureSlider->setToolTip(tr("Colour pictures, in linear light; double click for 0"));
    for (QWidget* control : {static_cast<QWidget*>(m_exposureSlider), static_cast<QWidget*>(m_exposure)}) control->setProperty("keysOf", QStringLiteral("exposureUp exposureDown"));
    row().addWidget(m_exposureLabel);
    row().addWidget(m_exposureSlider);
    row().addWidget(m_exposure);
    const auto expose = [this](double stops) { change([stops](ViewState& view) { view.exposureStops = static_cast<float>(stops); }); };
    connect(m_exposureSlider, &QSlider::valueChanged, this, [expose](int value) { expose(double(value) / kStepsPerStop); });
    connect(m_exposure, &NumberField::committed, this, expose);
}

void Strip::showCompare(const ViewState& view) {
    for (std::size_t i = 0; i < std::size(kModes); ++i) m_modes[i]->setChecked(kModes[i].compare == view.compare);
    const QSignalBlocker still(m_onion);
    m_onion->setValue(static_cast<int>(std::lround(view.onion * kOnionSteps)));
    m_onion->update();
    m_differenceBy->setCurrentIndex(m_differenceBy->findData(int(view.differenceBy)));
    if (m_shownMode != view.compare) makeRoom();
}

void Strip::showRange(const ViewState& view) {
    for (std::size_t i = 0; i < std::size(kRanges); ++i) {
        m_ranges[i]->setChecked(kRanges[i].range == view.range);
        if (kRanges[i].range != view.range || m_range->text() == tr(kRanges[i].name)) continue;
        m_range->setText(tr(kRanges[i].name));
        m_range->setToolTip(tr("Range of scalar pictures: %1\n%2").arg(tr(kRanges[i].name), tr(kRanges[i].toolTip)));
        m_range->setAccessibleName(tr("Range: %1").arg(tr(kRanges[i].name)));
        makeRoom();
    }
    for (std::size_t i = 0; i < std::size(kSamplings); ++i) m_samplings[i]->setChecked(kSamplings[i].sampling == view.sampling);
    m_logarithmic->setChecked(view.logarithmic);
    m_logarithmicEntry->setChecked(view.logarithmic);
    m_clipping->setChecked(view.clipping);
    m_clippingEntry->setChecked(view.clipping);
    m_values->setChecked(view.values);
    m_gain->setValue(view.gain);
    if (m_shownGain != (view.gain != 1)) makeRoom();
}

void Strip::showView() {
    const ViewState& view = m_session.view();
    const double zoom = m_stage.zoomShown();
    if (zoom > 0) {
        m_zoom->setValue(zoom * 100);
    } else {
        m_zoom->setEmpty();
    }
    m_zoom->setEnabled(zoom > 0);
    m_fit->setChecked(m_stage.isFitted());
    m_actual->setChecked(!m_stage.isFitted() && std::abs(zoom - 1) < 1e-6);
    showCompare(view);
    showRange(view);
    const QSignalBlocker still(m_exposureSlider);
    m_exposureSlider->setValue(static_cast<int>(std::lround(view.exposureStops * kStepsPerStop)));
    m_exposureSlider->update();
    m_exposure->setValue(view.exposureStops);
}

QSize Strip::minimumSizeHint() const {
    return {0, height()};
}

void Strip::resizeEvent(QResizeEvent*) {
    makeRoom();
}

bool Strip::fits() {
    layout()->invalidate();
    return layout()->minimumSize().width() <= width();
}

void Strip::makeRoom() {
    // First goes what the fields beside say anyway, then what has a key or a place in a menu; the first parameter stays longest.
    std::vector<QWidget*> words{m_linked, m_exposureSlider, m_zoomLabel, m_gainLabel, m_clipping, m_logarithmic, m_exposureLabel};
    std::vector<QWidget*> controls{m_actual, m_fit, m_range};
    // A gain of one is not worth a parameter.
    m_shownGain = m_session.view().gain != 1;
    m_shownGain ? controls.insert(controls.begin(), m_gain) : words.insert(words.end(), m_gain);
    for (const auto* group : {&words, &controls}) {
        for (QWidget* widget : *group) widget->show();
    }
    m_shownMode = m_session.view().compare;
    m_onion->setVisible(m_shownMode == canvas::Compare::Onion);
    m_differenceBy->setVisible(m_shownMode == canvas::Compare::Difference);
    m_parameters->showAll();
    m_parametersRule->setVisible(!m_parameters->isEmpty());
    m_more->hide();
    for (QWidget* widget : words) {
        if (fits()) return;
        widget->hide();
    }
    while (!fits() && m_parameters->leaveOutParameter()) m_more->show();
    if (!fits()) m_parameters->leaveOutSlider();
    for (QWidget* widget : controls) {
        if (fits()) return;
        widget->hide();
    }
    if (fits()) return;
    m_parameters->leaveOutRest();
    m_more->setVisible(!m_parameters->isComplete());
    for (QWidget* widget : {static_cast<QWidget*>(m_more), static_cast<QWidget*>(m_onion), static_cast<QWidget*>(m_differenceBy)}) {
        if (fits()) return;
        widget->hide();
    }
}

void Strip::editZoom() {
    m_zoom->setFocus(Qt::ShortcutFocusReason);
    m_zoom->selectAll();
}

void Strip::editExposure() {
    (m_exposureSlider->isVisible() ? static_cast<QWidget*>(m_exposureSlider) : m_exposure)->setFocus(Qt::ShortcutFocusReason);
}

}  // namespace tessera::ui
