use crate::{Store, StoreError, error::failed};
use aws_sdk_dynamodb::{
    operation::create_table::CreateTableError,
    types::{
        AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection, ProjectionType,
        ScalarAttributeType, StreamSpecification, StreamViewType, TableStatus, TimeToLiveSpecification, TimeToLiveStatus,
    },
};
use std::time::{Duration, Instant};

/// A new table can be used after so long, or not at all.
const MADE_WITHIN: Duration = Duration::from_mins(2);

impl Store {
    /// Makes the table with its indexes, stream and TTL where it is missing, and waits until it can be used. The deployed
    /// table is made by the stack; this is for the shop on one machine and for tests.
    pub async fn create_table(&self) -> Result<(), StoreError> {
        if self.is_active().await? {
            // Who made it may have stopped before this.
            return self.let_expire().await;
        }
        let mut table = self
            .client
            .create_table()
            .table_name(&self.table)
            .billing_mode(BillingMode::PayPerRequest)
            .set_key_schema(Some(schema("pk", "sk")?))
            .stream_specification(
                StreamSpecification::builder()
                    .stream_enabled(true)
                    .stream_view_type(StreamViewType::NewAndOldImages)
                    .build()
                    .map_err(crate::item::corrupt)?,
            );
        for name in ["pk", "sk", "gsi1pk", "gsi1sk", "gsi2pk", "gsi2sk"] {
            let attribute = AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S).build();
            table = table.attribute_definitions(attribute.map_err(crate::item::corrupt)?);
        }
        for index in ["gsi1", "gsi2"] {
            let index = GlobalSecondaryIndex::builder()
                .index_name(index)
                .set_key_schema(Some(schema(&format!("{index}pk"), &format!("{index}sk"))?))
                .projection(Projection::builder().projection_type(ProjectionType::All).build())
                .build();
            table = table.global_secondary_indexes(index.map_err(crate::item::corrupt)?);
        }
        match table.send().await {
            // Made by the try whose answer was lost, or by somebody else at the same time.
            Err(error) if error.as_service_error().is_some_and(CreateTableError::is_resource_in_use_exception) => {}
            made => drop(made.map_err(|e| failed(&e))?),
        }
        let deadline = Instant::now() + MADE_WITHIN;
        while !self.is_active().await? {
            if Instant::now() > deadline {
                return Err(StoreError::Unavailable("the new table does not become active".to_owned()));
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        self.let_expire().await
    }

    /// Switches TTL on where it is off.
    async fn let_expire(&self) -> Result<(), StoreError> {
        // Who may not ask has not made the table.
        let Ok(answer) = self.client.describe_time_to_live().table_name(&self.table).send().await else { return Ok(()) };
        let status = answer.time_to_live_description.and_then(|ttl| ttl.time_to_live_status);
        if matches!(status, Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling)) {
            return Ok(());
        }
        let ttl = TimeToLiveSpecification::builder().enabled(true).attribute_name("expires_at").build();
        let ttl = ttl.map_err(crate::item::corrupt)?;
        self.client
            .update_time_to_live()
            .table_name(&self.table)
            .time_to_live_specification(ttl)
            .send()
            .await
            .map_err(|e| failed(&e))?;
        Ok(())
    }

    async fn is_active(&self) -> Result<bool, StoreError> {
        match self.client.describe_table().table_name(&self.table).send().await {
            Ok(answer) => Ok(answer.table.and_then(|t| t.table_status) == Some(TableStatus::Active)),
            Err(error)
                if error.as_service_error().is_some_and(
                    aws_sdk_dynamodb::operation::describe_table::DescribeTableError::is_resource_not_found_exception,
                ) =>
            {
                Ok(false)
            }
            Err(error) => Err(failed(&error)),
        }
    }

    /// The table's stream, for who reads it without Lambda.
    pub async fn stream_arn(&self) -> Result<Option<String>, StoreError> {
        let answer = self.client.describe_table().table_name(&self.table).send().await.map_err(|e| failed(&e))?;
        Ok(answer.table.and_then(|t| t.latest_stream_arn))
    }
}

fn schema(hash: &str, range: &str) -> Result<Vec<KeySchemaElement>, StoreError> {
    [(hash, KeyType::Hash), (range, KeyType::Range)]
        .into_iter()
        .map(|(name, kind)| KeySchemaElement::builder().attribute_name(name).key_type(kind).build().map_err(crate::item::corrupt))
        .collect()
}
