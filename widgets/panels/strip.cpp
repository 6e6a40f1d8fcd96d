// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/strip.h"

#include <cmath>

#include <QActionGroup>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QToolButton>

#include "panels/stage/linked_sign.h"
#include "panels/stage/number_field.h"
#include "panels/stage/parameter_slider.h"
#include "panels/stage_view.h"
#include "theme/icons.h"
#include "theme/theme.h"
#include "workspace/session.h"

namespace tessera::ui {
namespace {

constexpr int kStepsPerStop = 10, kMostStops = 8;

QLabel* nameOf(const QString& text, QWidget* control, QWidget* parent) {
    auto* label = new QLabel(text, parent);
    label->setBuddy(control);
    control->setAccessibleName(text);
    return label;
}

struct SamplingWords {
    canvas::Sampling sampling;
    const char *name, *toolTip;
};
constexpr SamplingWords kSamplings[] = {
    {canvas::Sampling::Automatic, QT_TRANSLATE_NOOP("tessera::ui::Strip", "auto"), QT_TRANSLATE_NOOP("tessera::ui::Strip", "Bilinear, from 200 % on every pixel as a square")},
    {canvas::Sampling::Nearest, QT_TRANSLATE_NOOP("tessera::ui::Strip", "nearest"), QT_TRANSLATE_NOOP("tessera::ui::Strip", "Every pixel as a square")},
    {canvas::Sampling::Bilinear, QT_TRANSLATE_NOOP("tessera::ui::Strip", "bilinear"), QT_TRANSLATE_NOOP("tessera::ui::Strip", "Between pixels, values are mixed")},
};

}  // namespace

Strip::Strip(Session& session, StageView& stage, QWidget* parent) : QWidget(parent), m_session(session), m_stage(stage) {
    setObjectName(QStringLiteral("strip"));
    setAttribute(Qt::WA_StyledBackground);
    setAccessibleName(tr("View"));
    setFixedHeight(std::max(size::kStrip, QFontMetrics(Theme::instance().font(TextSize::Table)).height() + 18));
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(8, 0, 8, 0);
    row->setSpacing(8);
    row->setSizeConstraint(QLayout::SetNoConstraint);
    makeZoom();
    row->addWidget(rule());
    makePixels();
    row->addWidget(rule());
    makeExposure();
    row->addStretch();
    connect(&session, &Session::viewChanged, this, &Strip::showView);
    connect(&stage, &StageView::viewChanged, this, &Strip::showView);
    showView();
}

QToolButton* Strip::toggle(const QString& icon, const QString& name, const QString& toolTip) {
    auto* button = new QToolButton(this);
    button->setProperty("small", true);
    button->setIcon(themedIcon(icon));
    button->setIconSize({14, 14});
    button->setCheckable(true);
    button->setFocusPolicy(Qt::TabFocus);
    button->setAccessibleName(name);
    button->setToolTip(toolTip);
    return button;
}

QWidget* Strip::rule() {
    auto* rule = new QFrame(this);
    rule->setProperty("role", "rule");
    rule->setFixedSize(1, 20);
    return rule;
}

void Strip::makeZoom() {
    auto* row = static_cast<QHBoxLayout*>(layout());
    m_linked = new LinkedSign(this);
    m_fit = toggle(QStringLiteral("fit"), tr("Fit"), tr("Fit the pictures into their cells (F)"));
    m_actual = toggle(QStringLiteral("actual-size"), tr("100 %"), tr("A pixel of the model's input is a pixel of the screen (1)"));
    m_zoom = new NumberField({.low = 0.1, .high = 25600, .step = 10, .decimals = 0, .unit = QStringLiteral("%"), .longest = QStringLiteral("25600 %")}, this);
    m_zoomLabel = nameOf(tr("Zoom"), m_zoom, this);
    m_zoom->setToolTip(tr("Device pixels for each pixel of the model's input"));
    row->addWidget(m_linked);
    row->addWidget(m_zoomLabel);
    row->addWidget(m_zoom);
    row->addWidget(m_fit);
    row->addWidget(m_actual);
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

void Strip::makePixels() {
    auto* row = static_cast<QHBoxLayout*>(layout());
    m_sampling = new QToolButton(this);
    m_sampling->setProperty("choice", true);
    m_sampling->setIcon(themedIcon(QStringLiteral("chevron-down")));
    m_sampling->setIconSize({14, 14});
    m_sampling->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_sampling->setLayoutDirection(Qt::RightToLeft);  // the arrow after the word
    m_sampling->setPopupMode(QToolButton::InstantPopup);
    m_sampling->setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    m_sampling->setFocusPolicy(Qt::TabFocus);
    auto* menu = new QMenu(m_sampling);
    menu->setLayoutDirection(Qt::LeftToRight);
    menu->setToolTipsVisible(true);
    auto* group = new QActionGroup(menu);
    for (const SamplingWords& words : kSamplings) {
        QAction* action = menu->addAction(tr(words.name));
        action->setToolTip(tr(words.toolTip));
        action->setCheckable(true);
        group->addAction(action);
        connect(action, &QAction::triggered, this, [this, sampling = words.sampling] {
            ViewState view = m_session.view();
            view.sampling = sampling;
            m_session.setView(view);
        });
    }
    m_sampling->setMenu(menu);
    m_samplingLabel = nameOf(tr("Sampling"), m_sampling, this);
    m_values = toggle(QStringLiteral("values"), tr("Pixel values"), tr("Numbers in pixels that are large enough (P)"));
    m_normalise = toggle(QStringLiteral("range"), tr("Own range"), tr("Scalar pictures use their own range instead of the shared one (N)"));
    row->addWidget(m_samplingLabel);
    row->addWidget(m_sampling);
    row->addWidget(m_values);
    row->addWidget(m_normalise);
    connect(m_values, &QToolButton::clicked, this, [this](bool on) {
        ViewState view = m_session.view();
        view.values = on;
        m_session.setView(view);
    });
    connect(m_normalise, &QToolButton::clicked, this, [this](bool on) {
        ViewState view = m_session.view();
        view.range = on ? FieldRange::Cell : FieldRange::Declared;
        m_session.setView(view);
    });
}

void Strip::makeExposure() {
    auto* row = static_cast<QHBoxLayout*>(layout());
    m_exposureSlider = new ParameterSlider(-kMostStops * kStepsPerStop, kMostStops * kStepsPerStop, 0, this);
    m_exposure = new NumberField({.low = -kMostStops, .high = kMostStops, .step = 0.1, .decimals = 1, .unit = tr("EV"), .longest = tr("−8.0 EV")}, this);
    m_exposureLabel = nameOf(tr("Exposure"), m_exposureSlider, this);
    m_exposure->setAccessibleName(tr("Exposure in stops"));
    m_exposureSlider->setToolTip(tr("Colour pictures, in linear light; double click for 0 (E)"));
    row->addWidget(m_exposureLabel);
    row->addWidget(m_exposureSlider);
    row->addWidget(m_exposure);
    const auto expose = [this](double stops) {
        ViewState view = m_session.view();
        view.exposureStops = static_cast<float>(stops);
        m_session.setView(view);
    };
    connect(m_exposureSlider, &QSlider::valueChanged, this, [expose](int value) { expose(double(value) / kStepsPerStop); });
    connect(m_exposure, &NumberField::committed, this, expose);
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
    for (std::size_t i = 0; i < std::size(kSamplings); ++i) {
        if (kSamplings[i].sampling != view.sampling) continue;
        m_sampling->setText(tr(kSamplings[i].name));
        m_sampling->setToolTip(tr(kSamplings[i].toolTip));
        m_sampling->setAccessibleName(tr("Sampling: %1").arg(tr(kSamplings[i].name)));
        m_sampling->menu()->actions()[static_cast<int>(i)]->setChecked(true);
    }
    m_values->setChecked(view.values);
    m_normalise->setChecked(view.range == FieldRange::Cell);
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

void Strip::makeRoom() {
    // What gives way first is what the fields say anyway.
    QWidget* const givingWay[] = {m_linked, m_samplingLabel, m_exposureSlider, m_zoomLabel, m_exposureLabel};
    for (QWidget* widget : givingWay) widget->show();
    for (QWidget* widget : givingWay) {
        layout()->invalidate();
        if (layout()->minimumSize().width() <= width()) return;
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
