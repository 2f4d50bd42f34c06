"""How often common words stand in reviews: triggers are chosen among the rarest words a rule needs."""

from __future__ import annotations

from functools import lru_cache
from math import fsum

# Share of texts that hold the word, counted over public review texts (stays, teachers, employers, services, products).
_COMMON: dict[float, str] = {
    0.3: """
        and the to a is
    """,
    0.1: """
        in of for i it was very with good this you great but not are place that on have at my as be so there
        they we had all if stay from s t
    """,
    0.03: """
        were nice time no can one would an like food work will clean just also well get about location really
        or which me when out easy only has our service more your he by here again up class some do room
        quality their best other what than recommend even comfortable much host everything people too go after
        friendly any back experience staff helpful definitely us lot don them many been she use because little
        day always his hours make better most first small could take need got overall amazing price management
        every who made area pay excellent job perfect students did professor life check super then bad home
    """,
    0.01: """
        close love over apartment her long how its way around new course night sound working never company
        help ve want am off pretty hard money being didn right awesome two come bit customer know lectures
        space before product order albany ever few highly while quiet bank 10 during house times ordered sure
        next college enjoyed still feel things going enough re restaurants quite exams needed through into
        battery find big lots walk went say give though available where now however high does think worth
        responsive loved part try convenient restaurant mrt year wonderful days different fast thing looking
        family such took flight visit down beautiful away extremely questions same kind singapore both
        customers care should free short hotel makes nothing see bed last minutes felt near environment poor
        difficult fun value worst thank business ll stayed quick person hour full each since extra another
        used having within decent staying phone able far team low came doesn without old clear employees
        parking chicken street etc ok walking less years located him especially these spacious provided
        bathroom found happy outside swiggy breakfast something getting problem thanks said cozy week large
        lovely neighborhood anything city communication fine understand distance own benefits call worked size
        given needs friends end almost seat rooms delivery learn top exam due may kitchen asked once must
        average places actually drinks lecture late hot lounge enjoy station menu everyone ask coffee
        absolutely left wasn told open look gave fantastic taste music wait trip book put bass sometimes seats
        side material front done anyone return cool eat why review problems airbnb plenty recommended bar keep
        delicious second huge making main using light tried although those water busy expected paid 20 manager
        online spot pictures buy exactly 30 issue access downtown office ba air amount couple bus campus lunch
        guy level 15 local slow easily 6 7 8
    """,
    0.003: """
        offer options whole coming interesting provide plus safe start let taking ambience wanted student
        morning support issues thought features early half airport expect amenities pleasant screen stop town
        offered homework gives noise itself door point months semester teaching store three cost cheap set
        building accommodating fresh dinner quickly balance flexible meal served group opportunities doing dr
        floor number nearby else branch leave park choice expensive process several called inside london
        someone per culture special comes managers facilities learning probably sports training isn seems
        favorite taken atmosphere others center table hosts least arrived minute world items reviews co cares
        takes system based month workers looks real between won often shower trying view instead stars
        disappointed app yet okay until tell show fair read simple deal drink selection learned 100 warm
        reason tasty usually kept couldn enjoyable future might cheese card choose labs private under weekend
        along sweet non wrong welcoming horrible meet change camera study including rest sleep airways cold
        comfy looked wifi wish rather information helped terrible assignments liked lack credit tv works
        british please classes started received above rude pool cute prof nights prices limited talk described
        yes crew grade cabin waiting either department later booked schedule clearly stuff delivered gets
        opportunity totally style cannot already reasonable live computer star design run fact ready heavy
        activities content move car guests mind companies charge truly expectations range personal option
        central compared beds final entire de name friend sales answer maybe events club provides placement
        hostel soon rice desk giving 50 sauce career living visiting paper knowledge hear engineering calls
        myself willing economy single faculty finally attention pizza evening color case professional flights
        tough across line completely hope goes possible decided shopping 12 basic travel tests placed quizzes
        past via standard multiple dont wine throughout seem various superb bring boring teacher drive bars
        technical regular reception seemed understanding bluetooth offers seating dishes perfectly today
        photos included forward prepared mins shops instructions picture areas ear professors bought notes
        type important slides visited typical heathrow spend required weeks teach seen organized spent follow
        concepts tea services software refund husband daily modern complete salad internet employee university
        purdue equipped curriculum products four market talking avoid position middle diana checked road
        reading otherwise mostly hand salary shared response despite major unit believe public sit longer
        simply banking attendance incredibly voice bonus wouldn india wants advancement behind fairly
        attentive booking decor five 40 kids bedroom fee lab wife admission guys allowed school skills fully
        grading appreciated fest test head peaceful pick growth add dish respond structure noisy except rate
        play project luggage fly heard none reach chance experienced window arrival tech security recently
        points loud hospitality la welcome goals below library package colleges red serve note saying shop
        bread accessible passengers min total properly airline higher met subject 11 budget ended zoom pass
        immediately variety state eating cream unfortunately upon checking waste headphones cultural fried
        aren coworkers ambiance affordable dining lecturer amazon plan performance plane green matter 24
        snacks uncomfortable airlines literally teaches projects build party changed entrance sitting together
        chinatown date hardest fit brought beer feels unique engaging tables twice smooth financial technology
        ice veg positive beyond closed cooked comfort saw improve speed complaint ground biryani means board
        productive touch self lost walked advance soft share upper ones tasted awful man useful unless
        earphones heart stressful decorated question contact yourself industry event feeling towels previous
        spicy guess caring miss placements print mentioned general stopped priced efficient brand machine
        entertainment funny boarding compact fan surprised hands control feedback sandwich polite honestly
        strong helping helps watch oh ink burger teachers deliver hold list toilet mall knowledgeable idea
        cancellation taught slightly cut basically listen write ease buffet cons stocked challenging soup
        windows chocolate fees ago property email centre turned grades books white request quantity satisfied
        maintained negative members walkable dirty games ac impossible practice flat crowded premium responded
        effort turn held suggest train asking impressed corner supportive providing policy dry photo filled
        fish designed added infrastructure writing certainly paying website mark headphone meals anywhere
        nicely bathrooms mean says cancelled somewhat easier worse guest personally lhr prepare knows changes
        ordering face owner topics faculties fries leg happened showed sent item proper rs zomato orders
        missing standards usual boat walmart stores courses gone terms shows grow waited transport
        compensation solid break outstanding volume focus sense generally phoenix display weren meat glad
        treat receive aircraft attend sat updated till bag constantly relaxing details everyday earl cafe knew
        stylish haven program calling 25 interested interior delayed discount power explain account clients
        participate en listing video base pathetic become appreciate passionate normal tiny block
        disappointing flavor textbook cake regarding incredible starters cover choices paced key annoying boy
        third son stress leaving separate lady common dark directly indian thin development genuinely purchase
        smaller glass running workplace meeting packed hotels ideal clubs member box memory smell charged
        weight according towards field flying pressure outdoor managed tidy further research bigger consider
        cancel complaints girls traveling bags earphone whenever biggest starting similar trouble speak
    """,
}
SHARE: dict[str, float] = {word: share for share, words in _COMMON.items() for word in words.split()}
# Words that marketplace feedback uses far more often than those texts do: an estimate.
SHARE |= dict.fromkeys(
    "feedback review reviews rating stars star client freelancer project work job hire contract".split(), 0.08
)
_RARE = 0.0005


@lru_cache(1 << 16)
def share(words: str, *, open_end: bool = False) -> float:
    """A rough share of texts that hold these words in a row; an open end (or a star) takes in every longer word too."""
    if words.endswith("*"):
        return share(words[:-1], open_end=True)
    parts = words.split()
    rarest = min(SHARE.get(word, _RARE * (1 + (len(word) < 4) * 2)) for word in parts)
    if open_end and len(parts) == 1:
        longer = sum(value for word, value in SHARE.items() if word.startswith(parts[0]))
        rarest = max(rarest, longer, 0.05 if len(parts[0]) < 4 else 0.0)
    return rarest * 0.1 ** (len(parts) - 1)


_MOST_COMMON = 1.0  # words of one set share texts: what adds up to this stands in about half of them


@lru_cache(1 << 16)  # the same sets narrow thousands of literals
def shares(words: frozenset[str]) -> float:
    """What the shares of several words add up to."""
    return fsum(map(share, words))


def worth(words: frozenset[str] | None, *, near: bool = False) -> bool:
    """Whether looking for these words, anywhere or in a few words alone, rules out enough texts."""
    return words is not None and shares(words) < _MOST_COMMON * (3 if near else 1)
