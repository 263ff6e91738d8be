"""A Milvus server, as this program uses it. Only this module imports pymilvus.

Every call ends within a time limit, and raises MilvusError if the server can't do it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, TypeVar

from chatbot.errors import MilvusError, UsageError
from chatbot.index.milvus.failures import failure_of
from chatbot.index.milvus.vector_index import PARAMETERS, effort
from chatbot.index_address import MilvusAddress
from chatbot.milvus_settings import OPEN_ACCESS, MilvusAccess

if TYPE_CHECKING:
    from pymilvus import MilvusClient

Entity = Mapping[str, Any]
T = TypeVar("T")

# Milvus returns at most so many hits.
MOST_HITS: Final = 16_384
# The longest text of a field.
MOST_CHARACTERS: Final = 65_535
_SECONDS: Final = 20.0
# Ids in one request: the entities of 200 passages are about 2 MB.
_IDS: Final = 200
_OPTIONS: Final = {
    # Servers end a connection that is pinged more often without a request.
    "grpc.keepalive_time_ms": 600_000,
    # Otherwise a new connection waits, up to two minutes, because earlier ones failed.
    "grpc.use_local_subchannel_pool": 1,
}
_FIELDS: Final = {
    "files": {"id", "build", "doc", "parts", "data", "unused"},
    "passages": {"id", "build", "doc", "dense", "words", "details"},
}


class Connection:
    """A connection to a server; safe to use from several threads. It reconnects by itself."""

    def __init__(
        self,
        address: MilvusAddress,
        access: MilvusAccess = OPEN_ACCESS,
        *,
        seconds: float = _SECONDS,
    ) -> None:
        self.address = address
        self._access = access
        self._seconds = seconds
        self._opening = threading.Lock()
        self._index_types: dict[str, str] = {}

    @cached_property
    def _client(self) -> MilvusClient:
        try:
            from pymilvus import MilvusClient
        except ImportError as failure:
            raise UsageError(
                f"The index {self.address} needs the extra `scale`. Install it with: "
                "pip install 'chatbot[scale]'"
            ) from failure
        # It logs each failure with its traceback, and raises it, too.
        logging.getLogger("pymilvus").setLevel(logging.CRITICAL)
        tls, authority = self._access.tls, self._access.authority
        if tls and authority and not authority.is_file():
            raise UsageError(
                f"The setting milvus_authority names {authority}, which isn't a file. "
                "Correct the path."
            )
        return MilvusClient(
            f"{'https' if tls else 'http'}://{self.address.server}",
            token=self._access.token,
            secure=tls,
            **({"server_pem_path": str(authority)} if tls and authority else {}),
            timeout=self._seconds,
            dedicated=True,
            grpc_options=_OPTIONS,
        )

    @contextmanager
    def _calling(self) -> Iterator[MilvusClient]:
        """The client. Raises MilvusError for every failure of the server or the network."""
        with self._opening:
            client = self._opened()
        from grpc import RpcError
        from pymilvus import MilvusException

        try:
            yield client
        except (MilvusException, RpcError) as failure:
            raise self._failed(failure) from failure

    def _opened(self) -> MilvusClient:
        try:
            return self._client
        except UsageError:
            raise
        except Exception as failure:  # pymilvus raises errors of several libraries here
            raise self._failed(failure) from failure

    def _failed(self, failure: Exception) -> MilvusError:
        return failure_of(failure, self.address.server, int(self._seconds), tls=self._access.tls)

    def close(self) -> None:
        """Close the connection, if it was opened."""
        if "_client" in vars(self):
            self._client.close()

    # -- collections -------------------------------------------------------------------------

    def collections(self) -> list[str]:
        """The names of all collections of this index."""
        with self._calling() as client:
            names = client.list_collections(timeout=self._seconds)
        return sorted(name for name in names if name.startswith(f"{self.address.name}_"))

    def has(self, kind: str, collection: str) -> bool:
        """Whether a collection is there. Raises UsageError if it isn't one of this program."""
        with self._calling() as client:
            if not client.has_collection(collection, timeout=self._seconds):
                return False
            description = client.describe_collection(collection, timeout=self._seconds)
        if {field["name"] for field in description["fields"]} != _FIELDS[kind]:
            raise UsageError(
                f"The collection {collection} on {self.address.server} was made by another "
                "program. Choose another name in the setting index."
            )
        return True

    def index_type(self, collection: str) -> str:
        """The type of a collection's index over vectors."""
        with self._calling() as client:
            description = client.describe_index(collection, "dense", timeout=self._seconds)
        return str(description["index_type"])

    def drop(self, collection: str) -> None:
        """Delete a collection."""
        with self._calling() as client:
            client.drop_collection(collection, timeout=self._seconds)

    def create_files(self, collection: str) -> None:
        """Make the collection of files, unless it is there."""
        from pymilvus import DataType

        if self.has("files", collection):
            return
        with self._calling() as client:
            schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
            schema.add_field("id", DataType.VARCHAR, is_primary=True, max_length=1_024)
            for name in ("build", "doc", "parts"):
                schema.add_field(name, DataType.INT64)
            schema.add_field(
                "data", DataType.VARCHAR, max_length=MOST_CHARACTERS, mmap_enabled=True
            )
            # Every collection must have a vector.
            schema.add_field("unused", DataType.FLOAT_VECTOR, dim=2)
            self._create(client, collection, schema, {"unused": "FLAT"})

    def create_passages(self, collection: str, dimensions: int, dense_index: str = "FLAT") -> None:
        """Make a collection of passages, unless it is there."""
        from pymilvus import DataType

        if self.has("passages", collection):
            return
        with self._calling() as client:
            schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
            schema.add_field("id", DataType.INT64, is_primary=True)
            for name in ("build", "doc"):
                schema.add_field(name, DataType.INT64)
            schema.add_field("dense", DataType.FLOAT_VECTOR, dim=dimensions)
            schema.add_field("words", DataType.SPARSE_FLOAT_VECTOR)
            schema.add_field(
                "details",
                DataType.ARRAY,
                element_type=DataType.VARCHAR,
                max_capacity=1_024,
                max_length=MOST_CHARACTERS,
                # A node of a cluster keeps every other field in memory.
                mmap_enabled=True,
            )
            indexes = {"dense": dense_index, "words": "SPARSE_INVERTED_INDEX"}
            self._create(client, collection, schema, indexes)

    def _create(
        self, client: MilvusClient, collection: str, schema: Any, indexes: Mapping[str, str]
    ) -> None:
        parameters = client.prepare_index_params()
        for field, kind in indexes.items():
            parameters.add_index(
                field,
                index_type=kind,
                metric_type="IP",
                params=PARAMETERS.get(kind, {}),
            )
        for field in ("build", "doc"):
            parameters.add_index(field, index_type="INVERTED")
        client.create_collection(
            collection, schema=schema, index_params=parameters, timeout=self._seconds
        )

    # -- entities ----------------------------------------------------------------------------

    def search(
        self, collection: str, field: str, vector: Any, limit: int, condition: str
    ) -> list[tuple[int, float]]:
        """(id, inner product) of the nearest entities that meet a condition, best first."""

        def find(client: MilvusClient) -> list[tuple[int, float]]:
            (hits,) = client.search(
                collection,
                [vector],
                anns_field=field,
                limit=min(limit, MOST_HITS),
                filter=condition,
                output_fields=["id"],
                search_params={
                    "metric_type": "IP",
                    "params": self._effort(collection, limit) if field == "dense" else {},
                },
                timeout=self._seconds,
            )
            return [(hit["id"], hit["distance"]) for hit in hits]

        return self._read(collection, find)

    def _effort(self, collection: str, limit: int) -> dict[str, int]:
        """How far an approximate index has to search for this many hits."""
        kind = self._index_types.get(collection)
        if kind is None:
            kind = self._index_types[collection] = self.index_type(collection)
        return effort(kind, limit)

    def fetch(
        self, collection: str, ids: Sequence[Any], fields: Sequence[str], *, fresh: bool = False
    ) -> dict[Any, Entity]:
        """The entities with these ids that are there, by id.

        `fresh` waits until every write before this call can be read, up to a fifth of a second.
        Otherwise writes of the last seconds may be missing.
        """
        entities: dict[Any, Entity] = {}
        for first in range(0, len(ids), _IDS):
            part = list(ids[first : first + _IDS])
            for entity in self._query(collection, ["id", *fields], fresh=fresh, ids=part):
                entities[entity["id"]] = entity
        return entities

    def matching(self, collection: str, condition: str, fields: Sequence[str]) -> list[Entity]:
        """The entities that meet a condition, in any order, the latest ones too."""
        return self._query(collection, fields, fresh=True, filter=condition)

    def _query(
        self, collection: str, fields: Sequence[str], *, fresh: bool, **which: Any
    ) -> list[Entity]:
        if fresh:
            which["consistency_level"] = "Strong"

        def query(client: MilvusClient) -> list[Entity]:
            entities: list[Entity] = client.query(
                collection, output_fields=list(fields), timeout=self._seconds, **which
            )
            return entities

        return self._read(collection, query)

    def _read(self, collection: str, read: Callable[[MilvusClient], T]) -> T:
        """Read from a collection, which a server may have to load after a restart."""
        with self._calling() as client:
            try:
                return read(client)
            except Exception as failure:
                if not any(word in str(failure) for word in ("released", "not loaded")):
                    raise
                client.load_collection(collection, timeout=self._seconds)
                return read(client)

    def count(self, collection: str, condition: str) -> int:
        """The number of entities that meet a condition."""
        (row,) = self.matching(collection, condition, ["count(*)"])
        return int(row["count(*)"])

    def put(self, collection: str, entities: Iterable[dict[str, Any]]) -> None:
        """Insert entities, in place of those with the same ids."""
        with self._calling() as client:
            client.upsert(collection, list(entities), timeout=self._seconds * 3)

    def delete(self, collection: str, condition: str) -> None:
        """Delete the entities that meet a condition."""
        with self._calling() as client:
            client.delete(collection, filter=condition, timeout=self._seconds * 3)
