// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <memory>

#include <QColor>
#include <QFont>
#include <QObject>

class QApplication;
class QPalette;
class QDBusVariant;

namespace tessera::ui {

/// Every colour of the interface. Greys are neutral, so that nothing tints a picture.
struct Tokens {
    QColor canvas;                          ///< behind pictures, gutters
    QColor window;                          ///< menu, tool bar, strip, status bar
    QColor dock, dockTitle;                 ///< dock body; dock title and tab bar
    QColor base, alternate;                 ///< fields, tables; odd rows
    QColor header, caption;                 ///< column and table headers; cell captions and state cells
    QColor button, hover;
    QColor line, separator;                 ///< rules; dock splitters
    QColor edge;                            ///< of fields, buttons, check boxes
    QColor text, second, disabled;
    QColor accent;                          ///< focus, current cell, progress
    QColor selection, onSelection;          ///< selected row, the one default button
    QColor softSelection;                   ///< checked tool buttons
    QColor error, warning, good;            ///< always with an icon and words
    std::array<QColor, 4> series;
};

/// Marks over pictures follow no theme.
struct OverPicture {
    static constexpr QRgb kAccent = 0xff5aa7ff;
    static constexpr QRgb kMark = 0xffffffff;
    static constexpr QRgb kBadge = 0xc7000000;   // black at 78 %
    static constexpr QRgb kVeil = 0xb0000000;    // behind a progress bar
    static constexpr QRgb kGroove = 0xe6000000;  // of a progress bar
    static constexpr QRgb kSecond = 0xffb4b4b4;
};

/// Lengths in logical pixels.
namespace size {
inline constexpr int kMenuBar = 28, kToolBar = 40, kDockTitle = 28, kStrip = 36, kStatusBar = 24;
inline constexpr int kControl = 28, kSmallControl = 24, kTableRow = 24, kThumbnailRow = 40;
inline constexpr int kModelHeader = 26, kLensHeader = 22, kParameterHeader = 22, kHeaderRule = 1;
inline constexpr int kBoardHeader = kModelHeader + kLensHeader + kParameterHeader + 2 * kHeaderRule;
inline constexpr int kRowHeader = 84, kImageHeader = 48, kColumnHeader = 176, kSmallestCell = 128;
inline constexpr int kCaption = 20, kGutter = 4, kBadge = 18, kIconBadge = 22;
inline constexpr int kRadius = 4, kSmallRadius = 2;
inline constexpr int kDockMargin = 12;
}  // namespace size

enum class TextSize { Axis = 11, Table = 12, Body = 13, Heading = 15, Title = 20 };

/// The studio's look: colours, type, palette and style sheet of the whole application. One per program; GUI thread.
class Theme : public QObject {
    Q_OBJECT
public:
    enum class Choice { System, Dark, Light };
    Q_ENUM(Choice)

    /// Loads the faces and dresses the application. The system's preference is asked for later, by followSystem().
    Theme(QApplication& application, Choice choice, bool systemIsDark);
    ~Theme() override;
    static Theme& instance();

    Choice choice() const { return m_choice; }
    void setChoice(Choice choice);
    bool isDark() const;
    bool systemIsDark() const { return m_systemIsDark; }
    void setSystemIsDark(bool dark);
    const Tokens& tokens() const;

    /// Asks the desktop portal for its colour scheme, without waiting, and follows changes.
    void followSystem();

    QFont font(TextSize size, bool strong = false) const;
    /// Pixels of a text size after the system font's scale.
    int pixels(TextSize size) const;

Q_SIGNALS:
    void changed();

private Q_SLOTS:
    void portalSettingChanged(const QString& group, const QString& key, const QDBusVariant& value);

private:
    void dress();

    QApplication& m_application;
    Choice m_choice;
    bool m_systemIsDark;
    double m_scale = 1;
};

const Tokens& darkTokens();
const Tokens& lightTokens();
inline const Tokens& tokens() { return Theme::instance().tokens(); }

QPalette paletteOf(const Tokens& tokens);
QString styleSheetOf(const Tokens& tokens, const Theme& theme);

/// WCAG contrast of two opaque colours, 1 to 21.
double contrast(const QColor& a, const QColor& b);

}  // namespace tessera::ui
