from django.db import migrations, models


class Migration(migrations.Migration):
    """What other servers push to watches, and what we asked of hubs."""

    dependencies = [("store", "0006_spent")]

    operations = [
        migrations.CreateModel(
            name="DeliveryRow",
            fields=[
                ("number", models.BigAutoField(primary_key=True, serialize=False)),
                ("watch", models.CharField(max_length=128)),
                ("mime", models.CharField(max_length=128)),
                ("body", models.BinaryField()),
                ("at", models.DateTimeField(db_index=True)),
            ],
            options={"indexes": [models.Index(fields=["watch", "number"], name="delivery_watch")]},
        ),
        migrations.CreateModel(
            name="HubRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("watch", models.CharField(max_length=128)),
                ("topic", models.CharField(max_length=64)),
                ("is_wanted", models.BooleanField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=["watch", "topic"], name="hub_topic")],
            },
        ),
    ]
