"""The dialect `recrubo`: flow generations, the flows they made and the organization, as JSON:API."""
