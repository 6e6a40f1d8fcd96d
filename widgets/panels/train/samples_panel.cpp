// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/train/samples_panel.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QSlider>
#include <QVBoxLayout>

#include "bridge/qt_executor.h"
#include "bridge/training_run.h"
#include "panels/hint_stack.h"
#include "theme/theme.h"

namespace tessera::ui {

/// A picture as large as it fits, with whole pixels once it is enlarged.
class SamplePicture : public QWidget {
public:
    explicit SamplePicture(QWidget* parent = nullptr) : QWidget(parent) { setMinimumHeight(48); }
    const QImage& image() const { return m_image; }
    void setImage(QImage image) {
        m_image = std::move(image);
        update();
    }

protected:
    void paintEvent(QPaintEvent*) override {
        QPainter painter(this);
        painter.fillRect(rect(), tokens().canvas);
        if (m_image.isNull()) return;
        const QSizeF room = size();
        const QSizeF fitted = QSizeF(m_image.size()).scaled(room, Qt::KeepAspectRatio);
        painter.setRenderHint(QPainter::SmoothPixmapTransform, fitted.width() * devicePixelRatioF() < 2.0 * m_image.width());
        painter.drawImage(QRectF(QPointF((room.width() - fitted.width()) / 2, (room.height() - fitted.height()) / 2), fitted), m_image);
    }

private:
    QImage m_image;
};

SamplesPanel::SamplesPanel(TrainingRun& run, QWidget* parent) : QWidget(parent), m_run(run) {
    m_pool.setMaxThreadCount(1);
    auto* content = new QWidget;
    m_picture = new SamplePicture;
    m_picture->setObjectName(QStringLiteral("samplePicture"));
    m_picture->setAccessibleName(tr("Samples"));
    m_slider = new QSlider(Qt::Horizontal);
    m_slider->setObjectName(QStringLiteral("sampleStep"));
    m_slider->setAccessibleName(tr("Step of the samples"));
    m_slider->setToolTip(tr("Back through the steps; at its end it follows the run"));
    m_slider->setPageStep(1);
    m_words = new QLabel;
    m_words->setProperty("role", "secondTable");
    auto* row = new QHBoxLayout;
    row->setContentsMargins(size::kDockMargin, 4, size::kDockMargin, 4);
    row->setSpacing(12);
    row->addWidget(m_words);
    row->addWidget(m_slider, 1);
    auto* column = new QVBoxLayout(content);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_picture, 1);
    column->addLayout(row);
    m_stack = new HintStack(content, tr("Held-out pictures above what the model makes of them:\nthey come with the run's first evaluation"), this);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_stack);
    setFocusProxy(m_slider);
    connect(m_slider, &QSlider::valueChanged, this, [this](int value) {
        m_newest = value == m_slider->maximum();
        ask();
    });
    connect(&run, &TrainingRun::read, this, &SamplesPanel::follow);
    connect(&run, &TrainingRun::folderChanged, this, [this] {
        m_newest = true;
        follow();
    });
    connect(&Theme::instance(), &Theme::changed, m_picture, qOverload<>(&QWidget::update));
    follow();
}

const QImage& SamplesPanel::picture() const {
    return m_picture->image();
}

void SamplesPanel::follow() {
    const std::vector<RunSample>& now = m_run.now().samples;
    if (now == m_samples) {
        if (!m_samples.empty() && !m_shown) ask();  // it could not be read before
        return;
    }
    const bool newest = m_newest || m_samples.empty();
    m_samples = now;
    if (m_samples.empty()) {
        m_shown.reset();
        m_asked.clear();
        m_picture->setImage({});
        return m_stack->setFilled(false);
    }
    const int last = static_cast<int>(m_samples.size()) - 1;
    const QSignalBlocker silence(m_slider);
    m_slider->setRange(0, last);
    m_slider->setEnabled(last > 0);
    if (newest) m_slider->setValue(last);
    m_newest = m_slider->value() == last;
    m_stack->setFilled(true);
    ask();
}

void SamplesPanel::ask() {
    if (m_samples.empty()) return;
    const RunSample sample = m_samples[static_cast<std::size_t>(std::clamp<int>(m_slider->value(), 0, static_cast<int>(m_samples.size()) - 1))];
    const QString words = tr("step %1 · %2 of %3").arg(sample.step).arg(m_slider->value() + 1).arg(m_samples.size());
    m_words->setText(words);
    m_picture->setAccessibleDescription(tr("%1: held-out pictures above what the model makes of them").arg(words));
    m_picture->setToolTip(m_picture->accessibleDescription());
    if (sample.path == m_asked && m_shown) return;
    m_asked = sample.path;
    m_pool.clear();
    m_pool.start([this, sample, executor = guiExecutor(this)] {
        auto image = std::make_shared<QImage>(QString::fromStdString(sample.path));
        executor([this, sample, image] {
            if (sample.path != m_asked) return;
            if (image->isNull()) return m_shown.reset();
            m_shown = sample.step;
            m_picture->setImage(*image);
        });
    });
}

}  // namespace tessera::ui
