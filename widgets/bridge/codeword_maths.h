// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <list>
#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

#include <QObject>

#include "codes/codewords.h"
#include "codes/principal_plane.h"

namespace tessera::ui {

/// What takes too long of codewords for the GUI thread, computed on another one, piece by piece, and kept for the codebooks that were looked at last.
/// GUI thread; never waits.
class CodewordMaths : public QObject {
    Q_OBJECT
public:
    explicit CodewordMaths(QObject* parent = nullptr);
    ~CodewordMaths() override;

    /// Nothing before it is known.
    std::optional<CodeNeighbour> neighbourOf(const Codewords& book, std::int32_t code) const;
    /// Finds the neighbours of these first, and with `all` then those of the whole codebook. Replaces what was wanted before.
    void wantNeighbours(const Codewords& book, std::vector<std::int32_t> codes, bool all);
    bool knowsAllNeighbours(const Codewords& book) const;

    /// Null before it is computed; the first call begins.
    std::shared_ptr<const PrincipalPlane> planeOf(const Codewords& book);
    /// Nobody looks at the plane.
    void restPlane();

    static constexpr std::size_t kMostBooks = 16;
    static constexpr double kPieceSteps = 6.0e7;  ///< multiplications in one piece of neighbours: some 20 ms

Q_SIGNALS:
    void neighboursFound();
    void planeFound();

private:
    struct Entry {
        Codewords book;
        std::vector<std::optional<CodeNeighbour>> neighbours;  ///< (K)
        int known = 0;                                         ///< of these
        std::shared_ptr<const PrincipalPlane> plane;
    };
    Entry& entryOf(const Codewords& book);
    const Entry* find(const Codewords& book) const;
    void findNext();
    void takeNeighbours(const Codewords& book, const std::vector<std::int32_t>& of, const std::vector<CodeNeighbour>& found);

    std::list<Entry> m_entries;  ///< the newest first
    Codewords m_wantedBook;
    std::vector<std::int32_t> m_wanted;
    bool m_wantsAll = false, m_searching = false;
    std::stop_source m_stop, m_planeStop;
    std::optional<Codewords> m_planeBook;  ///< whose plane is being computed
};

}  // namespace tessera::ui
