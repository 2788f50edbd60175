"""The nodes of a session with their resources as slots, and who holds which.

In Ray: the cluster page of its dashboard, which has numbers only. A unit of a resource is a slot;
half a CPU fills half of one. A placement group's bundle is drawn around the slots it has reserved.

Rule: who holds a slot stays in it for as long as it holds it, so that a picture that is drawn again
and again keeps still.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from raylite._core.common.events import LeaseStateChanged
from raylite._core.common.states import LeaseState, NodeState
from raylite.notebook.dashboard.slots_model import Piece, SlotMemory
from raylite.notebook.live.shown_words_model import shortened, sized, title_of
from raylite.notebook.world.tables import Node
from raylite.notebook.world.world import World

__all__ = ["Holding", "NodeBoard", "Resource", "node_boards"]

_MOST_SLOTS: Final = 64
"""More units than these are drawn as one bar."""
_MOST_NODES: Final = 40
_STORE: Final = "object_store_memory"
_BYTES: Final = frozenset({"memory", _STORE})
_ENOUGH: Final = 1e-6


@dataclass(slots=True, frozen=True)
class Holding:
    """Part of a slot, or of a bar, that somebody holds. From and to are shares of it."""

    slot: int
    first: float
    last: float
    kind: str
    """``actor``, ``task``, ``bundle`` or ``object``."""
    label: str


@dataclass(slots=True, frozen=True, kw_only=True)
class Resource:
    """One kind of resource of a node."""

    name: str
    total: float
    used: float
    text: str
    """``2 of 4 in use``."""
    num_slots: int
    """0: there are too many units, or they are bytes; then it is one bar."""
    last_slot: float
    """How much of a unit the last slot is."""
    held: tuple[Holding, ...]

    def to_dict(self) -> dict[str, Any]:
        """For the browser."""
        held = [
            [one.slot, round(one.first, 4), round(one.last, 4), one.kind, one.label]
            for one in self.held
        ]
        return {
            "name": self.name,
            "text": self.text,
            "slots": self.num_slots,
            "last": self.last_slot,
            "held": held,
        }


@dataclass(slots=True, frozen=True, kw_only=True)
class NodeBoard:
    """One node."""

    title: str
    node_id: str
    sign: str
    tone: str
    state: str
    resources: tuple[Resource, ...]
    holders: tuple[tuple[str, str, str], ...]
    """Who holds something: kind, who, and how much."""
    note: str = ""

    def to_dict(self) -> dict[str, Any]:
        """For the browser."""
        return {
            "title": self.title,
            "id": self.node_id,
            "sign": self.sign,
            "tone": self.tone,
            "state": self.state,
            "resources": [one.to_dict() for one in self.resources],
            "holders": [list(one) for one in self.holders],
            "note": self.note,
        }


@dataclass(slots=True, frozen=True)
class _Claim:
    """Somebody holds amounts: of the node's own, or out of a bundle."""

    key: str
    kind: str
    label: str
    amounts: Mapping[str, float]
    bundle: str = ""


def node_boards(world: World, memory: SlotMemory) -> tuple[NodeBoard, ...]:
    """A board for each node, the living first.

    Args:
        world: whose nodes.
        memory: where everybody was in the picture before.
    """
    claims = _claims(world)
    memory.forget_all_but({claim.key for of_node in claims.values() for claim in of_node})
    nodes = sorted(world.nodes.values(), key=lambda one: one.state is NodeState.DEAD)
    places = {node_id: place for place, node_id in enumerate(world.nodes, 1)}
    return tuple(
        _board(node, places[node.node_id], claims.get(node.node_id, []), memory)
        for node in nodes[:_MOST_NODES]
    )


def _claims(world: World) -> dict[str, list[_Claim]]:
    """Who holds what, by node, bundles first."""
    found = _object_claims(world)
    for group in world.groups.values():
        title = shortened(group.name, 30) or f"group {group.group_id[:6]}"
        for place, (bundle, node_id) in enumerate(zip(group.bundles, group.node_ids, strict=False)):
            if node_id is not None:
                key = f"{group.group_id}/{place}"
                label = f"bundle {place} of {title}"
                found.setdefault(node_id, []).append(_Claim(key, "bundle", label, bundle))
    for lease in world.leases.values():
        if lease.new is LeaseState.GRANTED and lease.resources:
            place_id = _node_of(world, lease)
            if place_id is not None:
                found.setdefault(place_id, []).append(_lease_claim(world, lease))
    return found


def _node_of(world: World, lease: LeaseStateChanged) -> str | None:
    process = world.processes.get(lease.worker_id) if lease.worker_id is not None else None
    return process.node_id if process is not None and process.is_alive else None


def _object_claims(world: World) -> dict[str, list[_Claim]]:
    """What large values take of the object store, by the node of who wrote them."""
    sizes: dict[str, float] = {}
    for one in world.objects.values():
        process = world.processes.get(one.worker_id)
        if process is not None and not one.on_disk:
            sizes[process.node_id] = sizes.get(process.node_id, 0.0) + one.size_bytes
    return {
        node_id: [_Claim(f"objects/{node_id}", "object", "values over 100 KiB", {_STORE: size})]
        for node_id, size in sizes.items()
    }


def _lease_claim(world: World, lease: LeaseStateChanged) -> _Claim:
    assert lease.worker_id is not None
    process = world.processes.get(lease.worker_id)
    pid = f", pid {process.pid}" if process is not None and process.pid else ""
    is_actor = lease.actor_id is not None
    who = title_of(world, lease.worker_id) if is_actor else _task_in(world, lease.worker_id)
    bundle = f"{lease.group_id}/{lease.bundle_index}" if lease.group_id is not None else ""
    kind = "actor" if is_actor else "task"
    return _Claim(lease.lease_id, kind, f"{who}{pid}", lease.resources, bundle)


def _task_in(world: World, worker_id: str) -> str:
    name = next((one.name for one in world.running.values() if one.worker_id == worker_id), "")
    return f"task {shortened(name, 40)}" if name else "a worker for tasks"


def _board(node: Node, place: int, claims: list[_Claim], memory: SlotMemory) -> NodeBoard:
    is_alive = node.state is NodeState.ALIVE
    names = [
        name
        for name, total in node.resources.items()
        if total > 0 and not name.startswith("node:") and "_group_" not in name
    ]
    names.sort(key=lambda name: (name in _BYTES, name != "CPU", name != "GPU", name))
    live = claims if is_alive else []
    resources = tuple(_resource(node, name, live, memory) for name in names)
    beyond = any(one.used > one.total + _ENOUGH for one in resources)
    return NodeBoard(
        title=" · ".join(
            [
                f"node {place}",
                *([shortened(node.labels["name"], 40)] if node.labels.get("name") else []),
                *(["head node"] if node.is_head else []),
            ]
        ),
        node_id=node.node_id,
        sign="●" if is_alive else "✕",
        tone="good" if is_alive else "bad",
        state=node.state.name,
        resources=resources,
        holders=tuple((one.kind, one.label, _amounts(one.amounts)) for one in live[:200]),
        note="Who waits in get() lends its CPUs to others, so more than all are held."
        if beyond
        else "",
    )


def _amounts(amounts: Mapping[str, float]) -> str:
    return ", ".join(
        sized(amount) + " of memory" if name in _BYTES else f"{amount:g} {shortened(name, 30)}"
        for name, amount in amounts.items()
        if amount
    )


def _resource(node: Node, name: str, claims: list[_Claim], memory: SlotMemory) -> Resource:
    total = node.resources[name]
    own = {one.key: one.amounts[name] for one in claims if not one.bundle and name in one.amounts}
    inside = [one for one in claims if one.bundle and name in one.amounts]
    used = math.fsum(own.values())
    in_bytes = name in _BYTES
    is_bar = in_bytes or total > _MOST_SLOTS
    capacity = 1.0 if not is_bar else total
    pieces = memory.place(f"{node.node_id}/{name}", own, total, capacity)
    labels = {one.key: one for one in claims}
    held = [_holding(piece, labels[key], capacity) for key in pieces for piece in pieces[key]]
    held += _inside(name, inside, pieces, capacity)
    number = sized if in_bytes else "{:g}".format
    num_slots = 0 if is_bar else math.ceil(total - _ENOUGH)
    return Resource(
        name=shortened(name, 40),
        total=total,
        used=used,
        text=f"{number(used)} of {number(total)} in use",
        num_slots=num_slots,
        last_slot=round(total - num_slots + 1, 4) if num_slots else 1.0,
        held=tuple(held),
    )


def _holding(piece: Piece, claim: _Claim, capacity: float) -> Holding:
    label = f"{claim.label} ({_amounts(claim.amounts)})"
    first, last = piece.first / capacity, piece.last / capacity
    return Holding(piece.slot, first, last, claim.kind, label)


def _inside(
    name: str, claims: list[_Claim], bundles: Mapping[str, tuple[Piece, ...]], capacity: float
) -> list[Holding]:
    """What is held out of bundles: it fills the pieces that these have reserved."""
    room = {key: list(pieces) for key, pieces in bundles.items()}
    found = []
    for claim in claims:
        left = claim.amounts[name]
        pieces = _pieces_for(claim.bundle, room)
        while left > _ENOUGH and pieces:
            piece = pieces.pop(0)
            last = min(piece.last, piece.first + left)
            left -= last - piece.first
            found.append(_holding(Piece(piece.slot, piece.first, last), claim, capacity))
            if piece.last - last > _ENOUGH:
                pieces.insert(0, Piece(piece.slot, last, piece.last))
    return found


def _pieces_for(bundle: str, room: Mapping[str, list[Piece]]) -> list[Piece]:
    """What is left of a bundle; of the first of its group with room, if any of them will do."""
    if bundle in room:
        return room[bundle]
    group, _, _ = bundle.rpartition("/")
    return next((left for key, left in room.items() if left and key.startswith(f"{group}/")), [])
