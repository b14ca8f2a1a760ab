"""May a request that is written still go to its address? Contacts are withdrawn, and channels taken away."""

from jikimi.flow.contacts import recipients_of
from jikimi.flow.course import where_now
from jikimi.model.alert import Notice, Place, Recheck
from jikimi.model.ports import House


def is_contact(notice: Notice, house: House) -> bool:
    """Tell whether people's word stands that requests about this place may go where this one goes."""
    place = house.records.get(Place, notice.place)
    now = where_now(place, house.records.find(Recheck, parent=place.key))
    known = (*recipients_of(place, house), *recipients_of(now, house))
    wanted = (notice.channel, notice.recipient.casefold())
    return any((one.channel, one.address.casefold()) == wanted for one in known)
