"""Reviews in v1beta1 call the groups of the subject `group`."""

from __future__ import annotations

import aiohttp
import pytest

from runner.practice.cluster import PracticeCluster


@pytest.mark.parametrize(("version", "field"), [("v1", "groups"), ("v1beta1", "group")])
async def test_the_groups_of_a_review_count_in_either_version(version, field):
    async with PracticeCluster("reviewed", version="1.20", speed=50) as cluster:
        headers = {"Authorization": f"Bearer {cluster.token}"}
        connector = aiohttp.TCPConnector(ssl=False)
        asked = {
            "apiVersion": f"authorization.k8s.io/{version}",
            "kind": "SubjectAccessReview",
            "spec": {
                "user": "bob",
                field: ["system:masters"],
                "resourceAttributes": {"verb": "create", "resource": "pods", "namespace": "default"},
            },
        }
        async with aiohttp.ClientSession(cluster.server, headers=headers, connector=connector) as http:
            path = f"/apis/authorization.k8s.io/{version}/subjectaccessreviews"
            async with http.post(path, json=asked) as answer:
                assert (await answer.json())["status"]["allowed"] is True
